import { fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { evidence } from './lib/evidence.js';
import { connectTo, Postgres } from './lib/postgres.js';
import { openDescriptors, residentBytes } from './lib/processes.js';
import type { Row, Section } from './lib/report.js';
import { bytesFor, Stage } from './lib/stage.js';
import { LOAD_DEVICES, type LoadKind, type LoadOrder, type LoadOutcome } from './load/orders.js';
import { Probe } from './load/probe.js';

const MIB = 1024 * 1024;
/** To count ten thousand descriptors keeps the server's system calls waiting. */
const SAMPLE_MS = 1_000;
const CONNECTIONS = 10_000;
const LOADS: readonly Omit<LoadOrder, 'url' | 'enrollKey'>[] = [
  { kind: 'mixed connections', connections: CONNECTIONS, perSecond: 1_000, seconds: 20 },
  { kind: 'mixed connections', connections: CONNECTIONS, seconds: 10 },
  { kind: 'checks', connections: 50, seconds: 8 },
  { kind: 'reports', connections: 50, seconds: 8 },
  { kind: 'logins', connections: 50, seconds: 8 },
  { kind: 'enrolments', connections: 50, seconds: 8 },
  { kind: 'documents', connections: 20, seconds: 8 },
];
/** What each may be answered beside 200: that it is too much, with Retry-After. */
const REFUSALS: Readonly<Record<LoadKind, readonly string[]>> = {
  'mixed connections': ['408', '429', '503'],
  checks: ['429', '503'],
  reports: ['429', '503'],
  logins: ['401', '429', '503'],
  enrolments: ['401', '429', '503'],
  documents: ['429', '503'],
};
/** Bounds of what load may cost, and of what may stay when it is over. */
const MOST_MEMORY = 600 * MIB;
const MOST_LEFT_DESCRIPTORS = 40;
const COMES_DOWN_WITHIN_MS = 60_000;
/** A device and its attempt, of the load and of the probe. */
const ROWS_OF_A_DEVICE = 2.1;

export const load: Section = {
  name: 'load',
  title: 'Load',
  explanation:
    'One server process with an external PostgreSQL on the same machine. Other processes, of the lowest ' +
    'priority because a fleet has processors of its own, open 10,000 connections of which half ' +
    'are silent or send a byte a second, or flood it with checks, reports, wrong logins, enrolments with right and wrong keys, ' +
    'or pipelined requests for the OpenAPI document. Meanwhile a healthy device sends a check and a report every 20 ms, on kept ' +
    'and on fresh connections: each must be answered 200, or 503 with Retry-After, which is counted in the note. How long that ' +
    'took is compared with 100 ms in the note only: a fresh connection waits for those that were made before it, each of which ' +
    'costs the server as much as a check. Memory, descriptors and rows must stay bounded, and descriptors come back down.',
  run: async (progress) => {
    const rows: Row[] = [];
    const postgres = await Postgres.start();
    const databaseUrl = await postgres.createDatabase();
    const stage = await Stage.start({ DATABASE_URL: databaseUrl, LOG_LEVEL: 'warn' });
    try {
      const firmwareId = await stage.publish(bytesFor('release', 50_000));
      const target = { stage, databaseUrl, firmwareId, enrollKey: await newEnrollKey(stage) };
      rows.push(await endure({ kind: 'nothing', connections: 0, seconds: 5 }, target));
      for (const order of LOADS) {
        const row = await endure(order, target);
        rows.push(row);
        progress(`${row.what}: ${row.note}`);
      }
      return rows;
    } finally {
      await stage.close();
      await postgres.stop();
    }
  },
};

interface Use {
  readonly memory: number;
  readonly descriptors: number;
  readonly rows: number;
}

interface Load extends Omit<LoadOrder, 'url' | 'enrollKey' | 'kind'> {
  readonly kind: LoadKind | 'nothing';
}

/** Where the load goes, and what it needs. */
interface Target {
  readonly stage: Stage;
  readonly databaseUrl: string;
  readonly firmwareId: number;
  readonly enrollKey: string;
}

async function endure(order: Load, target: Target): Promise<Row> {
  const { stage, databaseUrl, firmwareId } = target;
  const before = await useOf(stage, databaseUrl);
  let [memory, descriptors] = [0, 0];
  const sampling = setInterval(() => {
    memory = Math.max(memory, residentBytes(stage.server.pid));
    descriptors = Math.max(descriptors, openDescriptors(stage.server.pid));
  }, SAMPLE_MS);
  const probe = await Probe.start({ url: stage.url, firmwareId });
  const { statuses, open } = await makeLoad(order, target);
  const healthy = await probe.stop();
  clearInterval(sampling);
  const after = await useAfter(stage, databaseUrl, before);

  const { kind, connections, perSecond } = order;
  const faults = [...healthy.faults];
  const wrong = Object.entries(statuses).filter(
    ([status]) => status !== '200' && (kind === 'nothing' || !REFUSALS[kind].includes(status)),
  );
  for (const [status, n] of wrong) faults.push(`${n} requests of the load were answered ${status}`);
  // Of those that come faster than they can be taken, some are made again later, and never stand with the others.
  if (kind === 'mixed connections' && perSecond !== undefined && open < connections)
    faults.push(`only ${open} connections stood`);
  if (memory > MOST_MEMORY) faults.push(`it took ${mib(memory)} MiB`);
  if (after.descriptors > before.descriptors + MOST_LEFT_DESCRIPTORS)
    faults.push(`${after.descriptors} descriptors stayed open of ${before.descriptors} before`);
  if (after.rows - before.rows > ROWS_OF_A_DEVICE * LOAD_DEVICES)
    faults.push(`${after.rows - before.rows} rows were added`);
  const { times, refused } = healthy;
  const tried = times.kept.length + times.fresh.length + refused + healthy.faults.length;
  const answers = Object.entries(statuses).map(([status, n]) => `${status}: ${n}`);
  return {
    what: nameOf(order),
    tried,
    asExpected: tried - healthy.faults.length,
    note:
      (open > 0 ? `${open} stood; ` : '') +
      `${answers.length > 0 ? `load answered ${answers.join(', ')}; ` : ''}healthy device ${refused} refused; ms on kept ` +
      `connections ${quantiles(times.kept)}; on fresh ones ${quantiles(times.fresh)}; memory ${mib(before.memory)}, ` +
      `${mib(memory)}, ${mib(after.memory)} MiB, descriptors ${before.descriptors}, ${descriptors}, ${after.descriptors}, ` +
      `rows ${before.rows}, ${after.rows} (before, at most, after)`,
    faults,
  };
}

function nameOf({ kind, connections, perSecond }: Load): string {
  if (kind === 'nothing') return 'no load';
  if (kind !== 'mixed connections') return `flood of ${kind}`;
  return `${connections} connections, ${perSecond === undefined ? 'all at once' : `${perSecond} a second`}`;
}

function quantiles(times: readonly number[]): string {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share: number): number =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;
  const p99 = at(0.99);
  return (
    `p50 ${at(0.5).toFixed(0)}, p99 ${p99.toFixed(0)}${p99 <= 100 ? '' : ' (above 100)'}, ` +
    `worst ${at(1).toFixed(0)}`
  );
}

async function makeLoad(order: Load, { stage: { url }, enrollKey }: Target): Promise<LoadOutcome> {
  const { kind, seconds } = order;
  if (kind === 'nothing') {
    await sleep(seconds * 1000);
    return { open: 0, statuses: {} };
  }
  const child = fork(fileURLToPath(new URL('load/load-process.js', import.meta.url)));
  child.send({ ...order, kind, url, enrollKey } satisfies LoadOrder);
  const [outcome] = (await once(child, 'message')) as [LoadOutcome];
  return outcome;
}

async function newEnrollKey({ client }: Stage): Promise<string> {
  const { status, body } = await client.admin('POST', '/enrollment-keys', {
    body: { device_type: 'sensor' },
  });
  if (status !== 200) throw new Error(`No enrolment key could be made: ${JSON.stringify(body)}`);
  const { key } = body as { key: string };
  evidence.secrets.set('enrolment key of the load', key);
  return key;
}

/** Once it has come down to what it was, or when it is not to be waited for any more. */
async function useAfter(stage: Stage, databaseUrl: string, before: Use): Promise<Use> {
  const giveUp = performance.now() + COMES_DOWN_WITHIN_MS;
  for (;;) {
    const now = await useOf(stage, databaseUrl);
    if (now.descriptors <= before.descriptors + MOST_LEFT_DESCRIPTORS || performance.now() > giveUp)
      return now;
    await sleep(200);
  }
}

async function useOf({ server: { pid } }: Stage, databaseUrl: string): Promise<Use> {
  const database = await connectTo(databaseUrl);
  const { rows } = await database.query<{ n: number }>(
    'SELECT ((SELECT count(*) FROM device) + (SELECT count(*) FROM device_ota_log))::int AS n',
  );
  await database.end();
  return { memory: residentBytes(pid), descriptors: openDescriptors(pid), rows: rows[0]?.n ?? 0 };
}

const mib = (bytes: number): string => (bytes / MIB).toFixed(0);
