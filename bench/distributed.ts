import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { compare } from './lib/compare.js';
import { startOtaServer, withSubjects, type OtaServer } from './lib/ota-server.js';
import { ratioOf, tableOf } from './lib/report.js';
import { sharesOf } from './lib/shares.js';
import { publishReleases, reports } from './scenarios/status.js';

/**
 * `CITUS_URL=… PLAIN_URL=… npm run bench:citus`: reports that fill the batches of all shards, written to a distributed
 * database and to one PostgreSQL; `-- 1024` has so many in flight at a time. Both are empty databases for tests on this machine, the first one distributed as
 * docs/scale-out.md says. Their CPU time counts that of all nodes.
 */
const IN_FLIGHT = Number(process.argv[2] ?? 4_096);
const DEVICES = 4 * IN_FLIGHT;
const ROUNDS = { rounds: 3, seconds: 6, warmUpSeconds: 6 };

const { CITUS_URL, PLAIN_URL } = process.env;
if (CITUS_URL === undefined || PLAIN_URL === undefined) {
  process.stderr.write('CITUS_URL and PLAIN_URL must name two empty databases for tests.\n');
  process.exit(2);
}
const plain = await startOn('one PostgreSQL', PLAIN_URL);
const citus = await startOn('Citus', CITUS_URL);
await withSubjects([plain, citus] as const, async (subjects) => {
  for (const { client } of subjects) await publishReleases(client, ROUNDS.rounds + 1);
  const load = {
    connections: IN_FLIGHT,
    requests: (round: number, subject: number) => reports(round, subject, DEVICES),
    isLean: true,
  };
  const measurements = await compare(subjects, load, ROUNDS);
  const [one, many] = measurements;
  const result = {
    scenario: 'citus',
    setting: `${IN_FLIGHT} reports in flight of ${DEVICES} devices`,
    measurements,
    ratios: [ratioOf(many, one, 'perSecond', null), ratioOf(many, one, 'cpuMicros', null)],
    notes: measurements.flatMap((measurement) => [
      sharesOf(measurement),
      `${measurement.subject}: ${measurement.databaseCpuMicros.toFixed(0)} µs of the database for each report`,
    ]),
  };
  process.stdout.write(`${tableOf(result)}\n`);
});

async function startOn(name: string, url: string): Promise<OtaServer> {
  const postmasterPids = await postmastersOf(url);
  return { ...(await startOtaServer(name, { DATABASE_URL: url })), postmasterPids };
}

/** Of all nodes of a database, which are on this machine. */
async function postmastersOf(url: string): Promise<number[]> {
  const nodes = await ask<{ host: string; port: number }>(
    url,
    `SELECT nodename AS host, nodeport AS port FROM pg_dist_node`,
  ).catch(() => []);
  const urls = new Set([url, ...nodes.map(({ host, port }) => at(url, host, port))]);
  const folders = new Set<string>();
  for (const one of urls) {
    const [{ data_directory: folder } = { data_directory: '' }] = await ask<{ data_directory: string }>(
      one,
      'SHOW data_directory',
    );
    folders.add(folder);
  }
  return [...folders].map((folder) =>
    Number(readFileSync(join(folder, 'postmaster.pid'), 'utf8').split('\n')[0]),
  );
}

function at(url: string, host: string, port: number): string {
  const other = new URL(url);
  other.hostname = host;
  other.port = String(port);
  return other.href;
}

async function ask<Row extends pg.QueryResultRow>(url: string, sql: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Row>(sql)).rows;
  } finally {
    await client.end();
  }
}
