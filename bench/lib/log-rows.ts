import pg from 'pg';
import type { DataSource, EntityManager } from 'typeorm';
import { inTransaction } from '../../src/database/transaction.js';
import type { AttemptStatus } from '../../src/domain/ota-attempt.js';
import { LogsRepository } from '../../src/logs/logs.repository.js';
import type { Attempt } from '../../src/logs/plan-attempts.js';

/** Attempts that reports write in one transaction. */
const BATCH = 512;
/** Batches between two reports of an attempt, in which others are written. */
const LAG = 20;
/** What becomes of an attempt after it was offered, one after the other. */
const STEPS: readonly AttemptStatus[] = ['downloading', 'installing', 'success'];
/** That {@link loadLog} makes, and among which attempts go round. */
export const DEVICES = 100_000;

/** Bytes of a table and of each of its indexes. */
export type Sizes = ReadonlyMap<string, number>;

/** Fills the log of an empty database with settled attempts, newest last, and their devices. */
export async function loadLog(databaseUrl: string, rows: number): Promise<void> {
  const database = new pg.Client({ connectionString: databaseUrl });
  await database.connect();
  try {
    // Nothing checks the rows one by one, nor counts them.
    await database.query('SET session_replication_role = replica');
    await database.query(
      `INSERT INTO firmware (device_type, version, version_sort_key, build_number, filename, file_size, file_hash,
                             binary_path)
       SELECT 'sensor', n || '.0.0', n::text, 1, 'f.bin', 1000, repeat('0', 64), 'sensor/' || n || '.bin'
         FROM generate_series(1, 200) AS n`,
    );
    await database.query(
      `INSERT INTO device (id, device_type, current_version, version_sort_key, current_build, own_attributes)
       SELECT n, 'sensor', '1.0.0', '1', 1, '{"chip": "ESP32", "hw_revision": "B"}'
         FROM generate_series(1, $1::bigint) AS n`,
      [DEVICES],
    );
    // The devices of a release come in no order.
    await database.query(
      `INSERT INTO device_ota_log (device_id, firmware_id, status, bytes_downloaded, download_started_at,
                                   download_completed_at, installed_at, created_at, updated_at)
       SELECT 1 + n * 7919 % $1, 1 + n / $1, CASE WHEN n % 100 = 7 THEN 'failed' ELSE 'success' END, 1500000,
              at, at, at, at, at
         FROM generate_series(0, $2::bigint - 1) AS n,
              LATERAL (SELECT now() - ($2 - n) * interval '1 second' AS at) AS clock`,
      [DEVICES, rows],
    );
    await database.query('SELECT recount_lists()');
    await database.query('VACUUM ANALYZE');
  } finally {
    await database.end();
  }
}

/**
 * Writes attempts as devices report them, on top of what {@link loadLog} loaded: many at a time, each in four
 * transactions.
 */
export async function reportAttempts(
  database: DataSource,
  attempts: number,
  firmwareId: number,
): Promise<void> {
  const logs = LogsRepository.of(database.manager);
  const batches: Attempt[][] = [];
  const count = Math.ceil(attempts / BATCH);
  for (let turn = 0; turn < count + LAG * STEPS.length; turn++) {
    const opened = turn < count ? newAttempts(turn, firmwareId) : [];
    batches.push(opened);
    const before = new Map<Attempt, AttemptStatus>();
    const changed = STEPS.flatMap((status, index) => {
      const batch = batches[turn - LAG * (index + 1)] ?? [];
      for (const attempt of batch) before.set(attempt, attempt.record.state.status);
      return batch.map((attempt) => advanced(attempt, status));
    });
    for (let at = 0; at <= STEPS.length; at++) {
      const part = changed.slice(at * BATCH, (at + 1) * BATCH);
      await inTransaction(database.manager, (manager: EntityManager) =>
        logs.writeAttempts(manager, { changed: part, opened: at === 0 ? opened : [] }, before),
      );
    }
  }
}

function newAttempts(turn: number, firmwareId: number): Attempt[] {
  const now = Date.now() * 1000;
  return Array.from({ length: BATCH }, (_, index): Attempt => {
    const n = turn * BATCH + index;
    const state = {
      status: 'pending' as const,
      errorMessage: null,
      bytesDownloaded: 0,
      downloadStartedAt: null,
      downloadCompletedAt: null,
      installedAt: null,
    };
    return {
      id: 0,
      deviceId: 1 + ((n * 7919) % DEVICES),
      firmwareId: firmwareId + Math.floor(n / DEVICES),
      record: { state, openedAt: now, changedAt: now, repeatedEnds: [] },
    };
  });
}

function advanced(attempt: Attempt, status: AttemptStatus): Attempt {
  const now = new Date();
  const { record } = attempt;
  record.state = {
    ...record.state,
    status,
    bytesDownloaded: status === 'downloading' ? 0 : 1_500_000,
    downloadStartedAt: record.state.downloadStartedAt ?? now,
    downloadCompletedAt: status === 'downloading' ? null : now,
    installedAt: status === 'success' ? now : null,
  };
  record.changedAt = now.getTime() * 1000;
  return attempt;
}

/** Attempts of one statement of {@link liveAttempts}, and statements between two changes of an attempt. */
const LIFE_BATCH = 4_096;
const LIFE_LAG = 3;

/** What becomes of an attempt, of which one in fifty fails, as the service writes it. */
const LIFE = [
  "status = 'downloading', download_started_at = now()",
  "status = 'installing', bytes_downloaded = 1500000, download_completed_at = now()",
  `status = CASE WHEN id % 50 = 0 THEN 'failed' ELSE 'success' END,
   installed_at = CASE WHEN id % 50 = 0 THEN NULL ELSE now() END,
   error_message = CASE WHEN id % 50 = 0 THEN 'Rolled back: the new firmware did not confirm itself.' END`,
];

/**
 * Leaves in an empty log what {@link reportAttempts} would: the same rows, opened and changed three times in the same order,
 * others in between. It is written with fewer and simpler statements, so that millions take minutes.
 * @param onBatch called with the number of attempts that are opened
 */
export async function liveAttempts(
  databaseUrl: string,
  attempts: number,
  onBatch: (opened: number) => void,
): Promise<void> {
  const database = new pg.Client({ connectionString: databaseUrl });
  await database.connect();
  try {
    // Nothing checks the rows one by one, nor counts them.
    await database.query('SET session_replication_role = replica');
    const count = Math.ceil(attempts / LIFE_BATCH);
    for (let turn = 0; turn < count + LIFE_LAG * LIFE.length; turn++) {
      if (turn < count) {
        await database.query(
          `INSERT INTO device_ota_log (device_id, firmware_id, status, bytes_downloaded, created_at, updated_at)
           SELECT 1 + n * 7919 % $1, 1 + n / $1, 'pending', 0, now(), now()
             FROM generate_series($2::bigint, $3::bigint) AS n`,
          [DEVICES, turn * LIFE_BATCH, Math.min((turn + 1) * LIFE_BATCH, attempts) - 1],
        );
        onBatch(Math.min((turn + 1) * LIFE_BATCH, attempts));
      }
      for (const [index, change] of LIFE.entries()) {
        const earlier = turn - LIFE_LAG * (index + 1);
        if (earlier < 0 || earlier >= count) continue;
        await database.query(
          `UPDATE device_ota_log SET ${change}, updated_at = now() WHERE id BETWEEN $1 AND $2`,
          [1 + earlier * LIFE_BATCH, (earlier + 1) * LIFE_BATCH],
        );
      }
    }
  } finally {
    await database.end();
  }
}

/** Bytes of a table by itself, of its indexes, and `all` of them. */
export async function sizesOf(database: DataSource, table: string): Promise<Sizes> {
  const rows = await database.query<{ name: string; bytes: number }[]>(
    `SELECT $1::text AS name, pg_table_size($1::text::regclass)::bigint AS bytes
     UNION ALL SELECT relname, pg_relation_size(indexrelid)::bigint
       FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid WHERE indrelid = $1::text::regclass
     UNION ALL SELECT 'all', pg_total_relation_size($1::text::regclass)::bigint`,
    [table],
  );
  return new Map(rows.map(({ name, bytes }) => [name, bytes]));
}

/** Share of the updates of the log that left its indexes alone. */
export async function hotShare(database: DataSource): Promise<number> {
  await database.query('SELECT pg_stat_force_next_flush()');
  const [{ share }] = await database.query<[{ share: number }]>(
    `SELECT (n_tup_hot_upd::float8 / greatest(n_tup_upd, 1)) AS share FROM pg_stat_user_tables
      WHERE relname = 'device_ota_log'`,
  );
  return share;
}
