import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { parseVersion, versionSortKey } from '../../src/domain/firmware-version.js';
import { compare, USUAL, type Measurement } from '../lib/compare.js';
import type { LoadRequest } from '../lib/load.js';
import { startOtaServer, withSubjects, type OtaServer } from '../lib/ota-server.js';
import { ratioOf, type Ratio, type ScenarioResult } from '../lib/report.js';
import { checks } from './check.js';

interface Rows {
  readonly releases: number;
  readonly devices: number;
  readonly logs: number;
}

const SMALL: Rows = { releases: 10, devices: 1_000, logs: 10_000 };
const LARGE: Rows = { releases: 10_000, devices: 1_000_000, logs: 1_000_000 };
const LOGS_OF_A_DEVICE = 10;

/** Devices from all over the larger table, none of which runs what another does. */
const CHECKS = Array.from({ length: 1_000 }, (_, n) =>
  checks(1, { device_id: 1 + n * 1_000, current_version: `1.${n}.0` }),
).flat();

/** For the lists, whose ratios are far from their limits. */
const SHORT = { rounds: 3, seconds: 1, warmUpSeconds: 0.5 };

/** So that a token of one is good at the other. */
const SHARED = { JWT_SECRET: 'the same at both, for the bench only' };

/** The same server with little and with much in its tables. */
export async function growth(): Promise<ScenarioResult> {
  const small = await startOtaServer('small', SHARED);
  const large = await startOtaServer('large', SHARED);
  return withSubjects([small, large] as const, async (subjects) => {
    await fill(small, SMALL);
    await fill(large, LARGE);
    const measurements: Measurement[] = [];
    const ratios: Ratio[] = [];
    for (const { label, connections, requests, goal } of loadsOf(subjects)) {
      const named = subjects.map((subject) => ({ ...subject, name: `${subject.name}: ${label}` }));
      const rounds = goal === 'throughput' ? USUAL : SHORT;
      const measured = await compare(named, { connections, requests }, rounds);
      measurements.push(...measured);
      const [before, after] = measured;
      ratios.push(
        goal === 'throughput'
          ? ratioOf(after, before, 'perSecond', { atLeast: 0.95 })
          : ratioOf(after, before, 'p50Ms', { atMost: 1.5 }),
      );
    }
    return {
      scenario: 'growth',
      setting:
        `${SMALL.releases} and ${LARGE.releases} releases of one type, ${SMALL.devices} and ${LARGE.devices} ` +
        `devices, ${SMALL.logs} and ${LARGE.logs} log rows`,
      measurements,
      ratios,
    };
  });
}

interface GrowthLoad {
  readonly label: string;
  readonly connections: number;
  readonly requests: readonly LoadRequest[];
  readonly goal: 'throughput' | 'p50';
}

function loadsOf([{ token }]: readonly [OtaServer, OtaServer]): GrowthLoad[] {
  const admin = (label: string, path: string): GrowthLoad => ({
    label,
    connections: 4,
    goal: 'p50',
    requests: Array.from({ length: 4 }, () => ({
      method: 'GET' as const,
      path: `/api/ota/admin${path}`,
      headers: { Authorization: `Bearer ${token}` },
    })),
  });
  return [
    { label: 'check', connections: 64, requests: CHECKS, goal: 'throughput' },
    admin('firmware', '/firmware?device_type=sensor&limit=10'),
    admin('logs', '/logs'),
    admin('logs of a device', '/logs?device_id=7'),
    admin('failed logs', '/logs?status=failed'),
  ];
}

/** Straight into the tables; the catalog hears of it. */
async function fill({ client, databaseUrl }: OtaServer, rows: Rows): Promise<void> {
  const database = new pg.Client({ connectionString: databaseUrl });
  await database.connect();
  try {
    await insertReleases(database, rows.releases);
    // Nothing checks the rows one by one, nor counts them.
    await database.query('SET session_replication_role = replica');
    await database.query(
      `INSERT INTO device (id, device_type, current_version, current_build)
       SELECT id, 'sensor', '1.0.0', 1 FROM generate_series(1, $1) AS id`,
      [rows.devices],
    );
    await database.query(
      `INSERT INTO device_ota_log (device_id, firmware_id, status)
       SELECT 1 + n % ($1 / ${LOGS_OF_A_DEVICE}), (SELECT min(id) FROM firmware),
              (ARRAY['success', 'success', 'success', 'failed'])[1 + n % 4]
         FROM generate_series(1, $1) AS n`,
      [rows.logs],
    );
    await database.query('SELECT recount_lists()');
    await database.query('VACUUM ANALYZE');
  } finally {
    await database.end();
  }
  const newest = versionOf(rows.releases);
  while ((await client.check()).body.version !== newest) await sleep(50);
}

const versionOf = (n: number): string => `2.0.${n}`;

async function insertReleases(database: pg.Client, count: number): Promise<void> {
  const versions = Array.from({ length: count }, (_, index) => versionOf(index + 1));
  await database.query(
    `INSERT INTO firmware (device_type, version, version_sort_key, build_number, filename, file_size, file_hash,
                           binary_path, is_stable)
     SELECT 'sensor', version, key, 1, version || '.bin', 1000, repeat('0', 64), 'sensor/' || version || '.bin', true
       FROM unnest($1::text[], $2::text[]) AS release (version, key)`,
    [versions, versions.map((version) => versionSortKey(parseVersion(version)))],
  );
}
