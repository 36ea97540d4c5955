import pg from 'pg';
import { DataSource } from 'typeorm';
import type { AppConfig } from '../../src/config/app-config.js';
import { dataSourceOptions } from '../../src/database/data-source.js';
import { DeviceSightingRepository } from '../../src/devices/record/device-sighting.repository.js';
import { DeviceRepository } from '../../src/devices/record/device.repository.js';
import { FleetQueries } from '../../src/devices/fleet/fleet-queries.js';
import { FleetRepository } from '../../src/devices/fleet/fleet.repository.js';
import { parseVersion, versionSortKey } from '../../src/domain/firmware-version.js';
import { EVERYTHING, type ResolvedFilter } from '../../src/domain/filter/filter.js';
import { parseFilter } from '../../src/domain/filter/parse-filter.js';
import { parseOrder, readCursor } from '../../src/domain/fleet-order.js';
import { resolveGroups } from '../../src/domain/filter/resolve-groups.js';
import { sharedPlan } from '../../src/domain/release-plan.js';
import { decideUpdate } from '../../src/domain/update-decision.js';
import { PersonalPlans, type ReleaseCatalog } from '../../src/releases/releases.exports.js';
import { medianOf } from '../lib/quantile.js';
import { startOtaServer, withSubjects, type OtaServer } from '../lib/ota-server.js';
import type { Ratio, ScenarioResult } from '../lib/report.js';

const DEVICES = 1_000_000;
const ATTEMPTS_OF_A_DEVICE = 5;
const TIMES = 5;
const NEWEST = '2.0.0';

/** What people ask for, and how long it may take until they look elsewhere, in milliseconds. */
const QUESTIONS: readonly (readonly [name: string, path: string, atMost: number])[] = [
  ['the first page', '', 1_000],
  ['the first page by id', '?sort=device_id', 100],
  ['the first page by name', '?sort=name', 1_000],
  ['a page deep down', '?after=DEEP', 1_000],
  ['the same by skip', '?skip=500000', 2_000],
  ['one type', '?q=type:lamp', 1_000],
  ['a version', '?q=version:<1.2.0', 1_000],
  ['a tag that few have', '?q=tag:rare', 1_000],
  ['a name', '?q=munich-77', 1_000],
  ['a status', '?q=status:failed%20id:>TIME', 3_000],
  ['an attribute', '?q=attr.hw_revision:C', 2_000],
  ['an id', '?q=id:777', 50],
  ['one device', '/777', 50],
  // Otherwise it is remembered.
  ['the summary of one type', '/summary?q=type:lamp%20id:>TIME', 5_000],
];

/** Lists of a million devices with five million attempts. */
export async function devices(): Promise<ScenarioResult> {
  const server = await startOtaServer('devices', {});
  return withSubjects([server] as const, async () => {
    await fill(server);
    const ratios: Ratio[] = [];
    const deep = await deepCursor(server);
    for (const [name, path, atMost] of QUESTIONS) {
      const samples: number[] = [];
      for (let time = 1; time <= TIMES; time++) {
        const url = path.replace('DEEP', deep).replace('TIME', String(time));
        samples.push(await timeOf(() => get(server, url)));
      }
      ratios.push(timed(name, medianOf(samples), atMost));
    }
    ratios.push(...(await timeWhole(server)));
    return {
      scenario: 'devices',
      setting: `${DEVICES} devices and ${DEVICES * ATTEMPTS_OF_A_DEVICE} attempts; medians of ${TIMES} requests`,
      measurements: [],
      ratios,
      notes: await plansOf(server, deep),
    };
  });
}

/** What touches all or many of the devices, once. */
async function timeWhole(server: OtaServer): Promise<Ratio[]> {
  const bulk =
    (body: object): (() => Promise<unknown>) =>
    async () => {
      const { status, body: answer } = await server.client.admin('POST', '/devices/bulk', { body });
      if (status !== 200) throw new Error(JSON.stringify(answer));
    };
  const csv = async (): Promise<void> => {
    const { status } = await server.client.admin('GET', '/devices', { headers: { Accept: 'text/csv' } });
    if (status !== 200) throw new Error(`The CSV was answered ${status}.`);
  };
  return [
    timed(
      'the summary of all, as it was counted a moment ago',
      await timeOf(() => get(server, '/summary')),
      5_000,
    ),
    timed('all as CSV', await timeOf(csv), 120_000),
    timed(
      'a tag for 100,000 devices',
      await timeOf(bulk({ q: 'id:1..100000', expect: 100_000, add_tags: ['new'] })),
      60_000,
    ),
    timed('a tag for all', await timeOf(bulk({ q: '', expect: DEVICES, add_tags: ['all'] })), 600_000),
    timed(
      'forgetting 10,000 devices',
      await timeOf(bulk({ q: 'id:1..10000', expect: 10_000, delete: true })),
      60_000,
    ),
  ];
}

const timed = (of: string, ms: number, atMost: number): Ratio => ({
  of,
  to: '',
  ratio: ms,
  unit: 'ms',
  goal: { atMost },
});

async function timeOf(work: () => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await work();
  return performance.now() - begun;
}

async function get({ client }: OtaServer, path: string): Promise<void> {
  const { status, body } = await client.admin('GET', `/devices${path}`);
  if (status !== 200) throw new Error(`${path} was answered ${status}: ${JSON.stringify(body)}`);
}

async function deepCursor({ client }: OtaServer): Promise<string> {
  const { headers } = await client.admin('GET', '/devices?skip=500000&limit=1');
  return String(headers['x-next']);
}

/** The plans of the very statements that the repository sends, with their times in the database alone. */
async function plansOf({ databaseUrl }: OtaServer, deep: string): Promise<string[]> {
  const sent: { sql: string; parameters: unknown[] }[] = [];
  const silent = (): undefined => undefined;
  const database = await new DataSource({
    ...dataSourceOptions(databaseUrl),
    logging: true,
    logger: {
      logQuery: (sql: string, parameters?: unknown[]) =>
        void sent.push({ sql, parameters: parameters ?? [] }),
      logQueryError: silent,
      logQuerySlow: silent,
      logSchemaBuild: silent,
      logMigration: silent,
      log: silent,
    },
  }).initialize();
  const lines: string[] = [];
  try {
    const fleet = fleetOf(database);
    const page =
      (q: string, sort: string, after: string | null = null) =>
      () =>
        fleet.findPage({
          filter: filterOf(q),
          order: parseOrder(sort) ?? { field: 'device_id', isDescending: false },
          skip: 0,
          limit: 100,
          after: after === null ? null : readCursor(after),
        });
    const questions: readonly (readonly [string, () => Promise<unknown>])[] = [
      ['the first page', page('', '-last_seen_at')],
      ['a page deep down', page('', '-last_seen_at', deep)],
      ['by id', page('', 'device_id')],
      ['status:failed', page('status:failed', '-last_seen_at')],
      ['type:lamp', page('type:lamp', '-last_seen_at')],
      ['munich-77', page('munich-77', '-last_seen_at')],
      ['count of tag:rare', () => fleet.count(filterOf('tag:rare'))],
      ['count of status:failed', () => fleet.count(filterOf('status:failed'))],
      ['one device', () => fleet.find(777)],
      ['cells of the summary', () => fleet.countCells(EVERYTHING)],
      ['days of the summary', () => fleet.countDays(EVERYTHING)],
    ];
    for (const [name, ask] of questions) {
      sent.length = 0;
      await ask();
      for (const { sql, parameters } of [...sent]) lines.push(await planOf(database, name, sql, parameters));
    }
  } finally {
    await database.destroy();
  }
  return lines;
}

interface PlanNode {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly 'Index Name'?: string;
  readonly 'Actual Total Time': number;
  readonly Plans?: readonly PlanNode[];
}

async function planOf(
  database: DataSource,
  name: string,
  sql: string,
  parameters: unknown[],
): Promise<string> {
  const [row] = await database.query<[{ 'QUERY PLAN': [{ Plan: PlanNode }] }]>(
    `EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) ${sql}`,
    parameters,
  );
  const [{ Plan: plan, ...rest }] = row['QUERY PLAN'];
  const { 'Execution Time': ms = NaN } = rest as { 'Execution Time'?: number };
  return `${name}: ${ms.toFixed(1)} ms: ${textOf(plan)}`;
}

/** `Limit < Sort < Seq Scan on device`. */
function textOf(node: PlanNode): string {
  const { 'Node Type': type, 'Relation Name': table, 'Index Name': index, Plans: plans = [] } = node;
  const place = index ?? table;
  const own = place === undefined ? type : `${type} on ${place}`;
  if (plans.length === 0) return own;
  const below = plans.map(textOf).join(', ');
  return plans.length === 1 ? `${own} < ${below}` : `${own} < (${below})`;
}

const filterOf = (q: string): ResolvedFilter => resolveGroups(parseFilter(q), () => undefined);

/** With the one release that there is. */
function fleetOf(database: DataSource): FleetRepository {
  const newest = parseVersion(NEWEST);
  if (!newest) throw new Error(`${NEWEST} is no version.`);
  const release = {
    id: 1,
    version: newest,
    versionText: NEWEST,
    build: 1,
    floor: null,
    offerToUnparsable: false,
  };
  const plan = sharedPlan([release]);
  const catalog = {
    decide: ({ version, build }: { version: string; build: number }) =>
      decideUpdate({ version: parseVersion(version), build }, plan),
  };
  const config = { devices: { auth: 'open' } } as AppConfig;
  const queries = new FleetQueries(
    config,
    DeviceSightingRepository.of(database.manager),
    catalog as unknown as ReleaseCatalog,
    new PersonalPlans(),
  );
  return new FleetRepository(database, queries, DeviceRepository.of(database.manager));
}

/** Straight into the tables. One device of a hundred has a name, a tag or a trouble of its own. */
async function fill({ client, databaseUrl }: OtaServer): Promise<void> {
  const database = new pg.Client({ connectionString: databaseUrl });
  await database.connect();
  const versions = Array.from({ length: 20 }, (_, n) => `1.${n}.0`).concat(NEWEST);
  try {
    await database.query(
      `INSERT INTO firmware (device_type, version, version_sort_key, build_number, filename, file_size, file_hash,
                             binary_path, is_stable)
       SELECT type, $1, $2, 1, 'f.bin', 1000, repeat('0', 64), type || '/f.bin', true
         FROM unnest(ARRAY['sensor', 'lamp', 'scales', 'gateway']) AS type`,
      [NEWEST, versionSortKey(parseVersion(NEWEST))],
    );
    // Nothing checks the rows one by one, nor counts them.
    await database.query('SET session_replication_role = replica');
    await database.query(
      `INSERT INTO device (id, device_type, current_version, version_sort_key, current_build, first_seen_at, last_seen_at,
                           name, folded_name, tags, own_attributes, learnt_interval, update_firmware_id, update_status,
                           update_changed_at)
       SELECT n, (ARRAY['sensor', 'sensor', 'sensor', 'lamp', 'scales', 'gateway'])[1 + n % 6],
              ($2::text[])[place], ($3::text[])[place], 1, now() - n * interval '20 seconds',
              now() - (n * 7919::bigint % $1) * interval '5 milliseconds',
              CASE WHEN n % 100 = 7 THEN 'Munich-' || n END, CASE WHEN n % 100 = 7 THEN 'munich-' || n END,
              CASE WHEN n % 1000 = 3 THEN ARRAY['lab', 'rare'] WHEN n % 10 = 3 THEN ARRAY['lab'] ELSE '{}' END,
              jsonb_build_object('chip', 'ESP32', 'hw_revision', chr(65 + (n % 5)::int), 'rssi', -40 - n % 50), 3600, 1,
              (ARRAY['success', 'success', 'success', 'failed'])[1 + n % 4], now() - (n % 60) * interval '1 day'
         FROM generate_series(1, $1::bigint) AS n,
              LATERAL (SELECT CASE WHEN n % 3 > 0 THEN 21 ELSE 1 + n % 21 END AS place) AS runs`,
      [DEVICES, versions, versions.map((version) => versionSortKey(parseVersion(version)))],
    );
    await database.query(
      `INSERT INTO device_ota_log (device_id, firmware_id, status, created_at, updated_at)
       SELECT 1 + n % $1, 1, (ARRAY['success', 'success', 'success', 'failed'])[1 + n % 4], at, at
         FROM generate_series(0, $1::bigint * ${ATTEMPTS_OF_A_DEVICE} - 1) AS n,
              LATERAL (SELECT now() - ($1 * ${ATTEMPTS_OF_A_DEVICE} - n) * interval '3 seconds' AS at) AS clock`,
      [DEVICES],
    );
    await database.query('SELECT recount_lists()');
    await database.query('VACUUM ANALYZE');
  } finally {
    await database.end();
  }
  await client.check({ device_id: 1, device_type: 'sensor', current_version: '1.0.0' });
}
