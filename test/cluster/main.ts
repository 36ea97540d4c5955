import {
  brokenOff,
  isAsExpected,
  notPossible,
  textOf,
  writeDocument,
  type Outcome,
  type Section,
} from '../chaos/lib/report.js';
import { clusterError } from './lib/cluster.js';
import { failover, partition, postgresStopped } from './database.js';
import { kill } from './kill.js';
import { publish } from './publish.js';
import { restart } from './restart.js';
import { endSharedCluster } from './lib/with-cluster.js';
import { upgrade } from './upgrade.js';

/**
 * `npm run test:cluster` runs all, `npm run test:cluster -- failover upgrade` these two; with `--write`, the tables of the
 * run are kept in docs/reliability.md. With STORE=s3 the servers share what FIRMWARE_STORE names. Exits with 1 when
 * anything is lost or otherwise than expected.
 */
const SECTIONS: readonly Section[] = [publish, restart, kill, postgresStopped, partition, failover, upgrade];

const args = process.argv.slice(2);
const asked = args.filter((arg) => arg !== '--write');
const unknown = asked.filter((name) => !SECTIONS.some((section) => section.name === name));
if (unknown.length > 0) {
  const names = SECTIONS.map(({ name }) => name).join(', ');
  process.stderr.write(`There is no section ${unknown.join(', ')}: there are ${names}.\n`);
  process.exit(2);
}

const why = clusterError();
const outcomes: Outcome[] = [];
for (const section of SECTIONS) {
  if (asked.length > 0 && !asked.includes(section.name)) continue;
  const begun = performance.now();
  const secondsNow = (): number => (performance.now() - begun) / 1000;
  const progress = (line: string): void => {
    process.stdout.write(`${section.name} ${secondsNow().toFixed(0)} s: ${line}\n`);
  };
  const rows =
    why === null
      ? await section.run(progress).catch((error: unknown) => [brokenOff(error)])
      : [notPossible(section.title, why)];
  outcomes.push({ section, rows, seconds: secondsNow() });
  process.stdout.write(`${outcomes.map(textOf).at(-1) ?? ''}\n`);
}
await endSharedCluster();
if (args.includes('--write')) await writeDocument(outcomes);
process.exit(outcomes.every(({ rows }) => rows.every(isAsExpected)) ? 0 : 1);
