import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, someBytes } from '../../support/http-client.js';
import { makeFolder, removeFolder, ServerProcess } from '../../support/server-process.js';
import { FLEET_RUNS, type FleetRun } from './runs.js';

/**
 * `npm run test:fleets`: rollouts on a real server with 10,000 simulated devices each, one after the other; everything that
 * is told is read from the API. Time runs fifteen times faster than in the field: devices are silent after one minute instead
 * of fifteen, and restart in four seconds instead of one minute. They check every ten seconds. With words, only the runs whose
 * names contain one of them. DEVICES makes the fleets smaller.
 */
const DEVICES = Number(process.env['DEVICES'] ?? 10_000);
const ADMIN_PASSWORD = 'a long password';
const LONGEST_MS = 30 * 60_000;
/** Devices that were offered the firmware just before a halt are known by then. */
const AFTERMATH_MS = 100_000;

interface Rollout {
  readonly id: number;
  readonly state: string;
  readonly line: string;
  readonly halted_because: string | null;
  readonly counts: Readonly<Record<string, number>>;
}

interface Factor {
  readonly dimension: string;
  readonly value: string;
  readonly failed: number;
  readonly offered: number;
}

const words = process.argv.slice(2);
const runs = FLEET_RUNS.filter(({ name }) => words.length === 0 || words.some((word) => name.includes(word)));
const folder = makeFolder();
const server = new ServerProcess(folder, { ADMIN_PASSWORD, WORKERS: process.env['WORKERS'] ?? '1' });
const rows: string[][] = [];
try {
  const url = await server.ready();
  const client = await Client.logIn(url, ADMIN_PASSWORD);
  for (const [index, run] of runs.entries()) {
    const row = await play(url, client, run, index);
    rows.push(row);
    process.stdout.write(`${row.join(' | ')}\n`);
  }
} finally {
  await server.kill('SIGTERM');
  await removeFolder(folder);
}
const HEAD = [
  'fleet',
  'end',
  'seconds',
  'offered',
  'hurt (API)',
  'dead (truth)',
  'simulated',
  'why',
  'guilty',
];
process.stdout.write(
  `\n${[HEAD, HEAD.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n')}\n`,
);
process.exit();

async function play(url: string, client: Client, run: FleetRun, index: number): Promise<string[]> {
  const type = `fleet_${index}`;
  const first = 900_000_000 + index * 100_000;
  const admin = async <T>(method: string, path: string, body?: unknown): Promise<T> => {
    const answer = await client.admin(method, path, body === undefined ? {} : { body });
    if (answer.status >= 300)
      throw new Error(`${method} ${path}: ${answer.status} ${answer.bytes.toString()}`);
    return answer.body as T;
  };
  await client.publish(someBytes(16 * 1024), { device_type: type, version: '1.0.0' });
  const added = await client.publish(someBytes(16 * 1024), {
    device_type: type,
    version: '1.1.0',
    is_stable: false,
  });
  const fleet = simulate(url, [
    '--ids',
    `${first}..${first + DEVICES - 1}`,
    '--device-type',
    type,
    ...run.fate,
  ]);
  const count = async (): Promise<number> =>
    (await admin<{ total: number }>('GET', `/devices/summary?q=${encodeURIComponent(`type:${type}`)}`)).total;
  while ((await count()) < DEVICES) await sleep(1_000);
  if (run.sites !== null) await markSites(admin, type, run.sites);
  const { id } = await admin<Rollout>('POST', '/rollouts', {
    firmware_id: added.body.id as number,
    silent_after_minutes: 1,
  });
  const begun = performance.now();
  await admin('POST', `/rollouts/${id}/start`);
  let rollout: Rollout;
  let told = '';
  do {
    await sleep(1_000);
    rollout = await admin<Rollout>('GET', `/rollouts/${id}`);
    if (rollout.line !== told) process.stderr.write(`${run.name}: ${rollout.line}\n`);
    told = rollout.line;
  } while (rollout.state === 'running' && performance.now() - begun < LONGEST_MS);
  const seconds = (performance.now() - begun) / 1000;
  if (rollout.state === 'halted') await sleep(AFTERMATH_MS);
  rollout = await admin<Rollout>('GET', `/rollouts/${id}`);
  const { factors } = await admin<{ factors: Factor[] }>('GET', `/rollouts/${id}/factors`);
  const dead = await fleet.stop();
  const { offered = 0, failed = 0, silent = 0 } = rollout.counts;
  const [guilty] = factors;
  const named = guilty && `${guilty.dimension} ${guilty.value}`;
  const isRight =
    rollout.state === run.ends &&
    failed + silent <= run.mostHurt &&
    (run.guilty === null || named === run.guilty);
  if (!isRight) process.exitCode = 1;
  return [
    `${run.name}${isRight ? '' : ' (NOT AS IT MUST BE)'}`,
    rollout.state,
    seconds.toFixed(0),
    String(offered),
    `${failed} failed, ${silent} silent`,
    String(dead),
    run.simulated,
    rollout.halted_because ?? '',
    guilty ? `${named}: ${guilty.failed} of ${guilty.offered}` : '',
  ];
}

/** Tags each device with its site, as an operator would. */
async function markSites(
  admin: <T>(method: string, path: string, body?: unknown) => Promise<T>,
  type: string,
  attribute: string,
): Promise<void> {
  for (const value of ['a', 'b', 'c', 'd', 'e']) {
    const q = `type:${type} attr.${attribute}:${value}`;
    const { total } = await admin<{ total: number }>('GET', `/devices/summary?q=${encodeURIComponent(q)}`);
    await admin('POST', '/devices/bulk', { q, expect: total, add_tags: [`site-${value}`] });
  }
}

/** @returns how to end it, and how many devices are dead by then */
function simulate(server: string, options: readonly string[]): { stop: () => Promise<number> } {
  const timing = [
    '--interval',
    '10s',
    '--reboot',
    '4s',
    '--duration',
    '60m',
    '--connections',
    '64',
    '--json',
  ];
  const child = spawn(
    process.execPath,
    ['dist/src/cli/main.js', 'simulate', '--server', server, ...timing, ...options],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  // Also when the run breaks off: it would go on for an hour.
  process.once('exit', () => child.kill());
  let output = '';
  child.stdout.on('data', (text: Buffer) => (output += text.toString()));
  const ended = new Promise((resolve) => child.once('exit', resolve));
  return {
    stop: async () => {
      child.kill('SIGINT');
      await ended;
      return (JSON.parse(output) as { dead: number }).dead;
    },
  };
}
