import { DataSource } from 'typeorm';
import { dataSourceOptions } from '../src/database/data-source.js';
import { startEmbeddedPostgres } from '../src/database/embedded/embedded-postgres.js';
import { migrateUp } from '../src/database/migrator.js';
import { LeanLog } from '../migrations/0026-lean-log.js';
import { makeFolder, removeFolder } from '../test/support/server-process.js';
import { plansOf, shortOf, SqlLogger } from './lib/log-plans.js';
import { DEVICES, hotShare, liveAttempts, loadLog, sizesOf, type Sizes } from './lib/log-rows.js';

/**
 * `npm run bench:log -- 1000000`: what an attempt costs on disk after its life, with the indexes that the log has and with
 * those that it had before migration 26, and which index each statement of the service uses. Five million attempts by
 * default: about half an hour and 5 GB in the folder for temporary files, which are removed.
 */
const ATTEMPTS = Number(process.argv[2] ?? 5_000_000);
const TABLE = 'device_ota_log';
/** The one that is asked about, from the middle of the log. */
const ASKED_FIRMWARE = 1 + Math.floor(ATTEMPTS / DEVICES / 2);
/**
 * A life of months takes minutes here, so autovacuum looks each second instead of each minute and does not pause. When it
 * has work is left to the settings of the table. Bytes of the tables are the same without fsync and
 * full pages in the WAL, and the disk is spared.
 */
const SETTINGS = {
  fsync: 'off',
  full_page_writes: 'off',
  shared_buffers: '1GB',
  max_wal_size: '4GB',
  autovacuum_naptime: '1s',
  autovacuum_vacuum_cost_delay: '0',
};

interface Outcome {
  readonly sizes: Sizes;
  readonly hot: number;
  readonly walBytes: number;
  readonly vacuums: number;
  readonly seconds: number;
  /** For each statement the indexes of the log that its plan names. */
  readonly plans: ReadonlyMap<string, string>;
}

if (!Number.isSafeInteger(ATTEMPTS) || ATTEMPTS < 100_000) {
  process.stderr.write('Usage: npm run bench:log -- ATTEMPTS, at least 100000\n');
  process.exit(2);
}
const before = await measure(true);
const after = await measure(false);
process.stdout.write(`${textOf(before, after)}\n`);

/** @param isBefore with the indexes and the settings before migration 26 */
async function measure(isBefore: boolean): Promise<Outcome> {
  const dataDir = makeFolder();
  const postgres = await startEmbeddedPostgres({ dataDir, settings: SETTINGS });
  try {
    await migrateUp(postgres.url);
    const logger = new SqlLogger();
    const database = new DataSource({ ...dataSourceOptions(postgres.url), logger, logging: ['query'] });
    await database.initialize();
    try {
      if (isBefore) {
        const runner = database.createQueryRunner();
        await new LeanLog().down(runner);
        await runner.release();
      }
      // Devices and firmware only.
      await loadLog(postgres.url, 0);
      return await live(database, postgres.url, logger, isBefore ? 'before' : 'after');
    } finally {
      await database.destroy();
    }
  } finally {
    await postgres.stop();
    await removeFolder(dataDir);
  }
}

async function live(
  database: DataSource,
  databaseUrl: string,
  logger: SqlLogger,
  name: string,
): Promise<Outcome> {
  const begun = performance.now();
  const [{ lsn }] = await database.query<[{ lsn: string }]>('SELECT pg_current_wal_lsn()::text AS lsn');
  let told = 0;
  await liveAttempts(databaseUrl, ATTEMPTS, (opened) => {
    if (opened < told + ATTEMPTS / 10) return;
    told = opened;
    process.stderr.write(`${name}: ${opened} after ${((performance.now() - begun) / 1000).toFixed(0)} s\n`);
  });
  const seconds = (performance.now() - begun) / 1000;
  const [{ wal, vacuums }] = await database.query<[{ wal: number; vacuums: number }]>(
    `SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), $1::pg_lsn)::bigint AS wal, autovacuum_count AS vacuums
       FROM pg_stat_user_tables WHERE relname = $2`,
    [lsn, TABLE],
  );
  const sizes = await sizesOf(database, TABLE);
  const hot = await hotShare(database);
  await database.query(`ANALYZE ${TABLE}`);
  const plans = await plansOf(database, logger, ASKED_FIRMWARE);
  return { sizes, hot, walBytes: wal, vacuums, seconds, plans };
}

function textOf(old: Outcome, lean: Outcome): string {
  const names = [...new Set([...old.sizes.keys(), ...lean.sizes.keys()])].sort((a, b) => rank(a) - rank(b));
  const bytes = ({ sizes }: Outcome, name: string): string => {
    const size = sizes.get(name);
    return size === undefined ? '–' : (size / ATTEMPTS).toFixed(1);
  };
  const rows = names.map((name) => [labelOf(name), bytes(old, name), bytes(lean, name)]);
  const figures = [
    ['WAL, without full pages', (old.walBytes / ATTEMPTS).toFixed(0), (lean.walBytes / ATTEMPTS).toFixed(0)],
    ['HOT updates, %', (old.hot * 100).toFixed(1), (lean.hot * 100).toFixed(1)],
    ['autovacuums', String(old.vacuums), String(lean.vacuums)],
    ['seconds', old.seconds.toFixed(0), lean.seconds.toFixed(0)],
  ];
  const plans = [...lean.plans].map(([name, now]) => [name, old.plans.get(name) ?? '', now]);
  return [
    `${ATTEMPTS} attempts, each opened and reported three times, 1 of 50 failed; bytes of one:`,
    table(['', 'before', 'after'], [...rows, ...figures]),
    '',
    table(['statement', 'before', 'after'], plans),
  ].join('\n');
}

function rank(name: string): number {
  return name === TABLE ? 0 : name === 'all' ? 2 : 1;
}

function labelOf(name: string): string {
  return name === TABLE ? 'table' : name === 'all' ? 'all' : shortOf(name);
}

/** As in a page of the docs. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}
