import { mkdirSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { nginxVersion } from './baselines/nginx.js';
import { tableOf, type ScenarioResult } from './lib/report.js';
import { check } from './scenarios/check.js';
import { devices } from './scenarios/devices.js';
import { identity } from './scenarios/identity.js';
import { growth } from './scenarios/growth.js';
import { download, ranges } from './scenarios/download.js';
import { memoryUse } from './scenarios/memory.js';
import { rollouts } from './scenarios/rollouts.js';
import { scale } from './scenarios/scale.js';
import { sizing } from './scenarios/sizing.js';
import { status } from './scenarios/status.js';
import { tls } from './scenarios/tls.js';
import { workers } from './scenarios/workers.js';

/** @param beside the folder of another build that is measured, too */
type Scenario = (beside: string | null) => Promise<ScenarioResult>;

/** `npm run bench` measures all, `npm run bench -- check ranges` these two. docs/performance.md explains the figures. */
const SCENARIOS: Readonly<Record<string, Scenario>> = {
  check,
  status,
  identity,
  download,
  ranges,
  tls,
  workers,
  scale,
  growth,
  devices,
  rollouts,
  sizing,
  memory: memoryUse,
};
/** Which measure another build in the same run: `npm run bench -- check --beside ../before`. */
const BESIDE = ['check', 'status'];
const RESULTS = 'bench/results';

const { values, positionals: asked } = parseArgs({
  allowPositionals: true,
  options: { beside: { type: 'string' } },
});
const { beside = null } = values;
const unknown = asked.filter((name) => !(name in SCENARIOS));
if (unknown.length > 0) {
  process.stderr.write(
    `There is no scenario ${unknown.join(', ')}: there are ${Object.keys(SCENARIOS).join(', ')}.\n`,
  );
  process.exit(2);
}

if (beside !== null && (asked.length === 0 || asked.some((name) => !BESIDE.includes(name)))) {
  process.stderr.write(`Another build is measured by ${BESIDE.join(' and ')} only: name them.\n`);
  process.exit(2);
}

const machine = {
  node: process.version,
  cores: availableParallelism(),
  cpu: cpus()[0]?.model ?? 'unknown',
  nginx: nginxVersion() ?? 'not installed',
};
process.stdout.write(`${JSON.stringify(machine)}\n`);
const results: ScenarioResult[] = [];
for (const [name, run] of Object.entries(SCENARIOS)) {
  if (asked.length > 0 && !asked.includes(name)) continue;
  process.stderr.write(`${name} … `);
  const begun = performance.now();
  const result = await run(beside);
  process.stderr.write(`${((performance.now() - begun) / 1000).toFixed(0)} s\n`);
  results.push(result);
  process.stdout.write(`${tableOf(result)}\n`);
}
mkdirSync(RESULTS, { recursive: true });
const file = `${RESULTS}/${new Date().toISOString().replaceAll(':', '-').slice(0, 19)}.json`;
writeFileSync(file, `${JSON.stringify({ machine, results }, null, 2)}\n`);
process.stdout.write(`\n${file}\n`);
