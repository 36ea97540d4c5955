import { existsSync, mkdtempSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';

/** Not durable, since nothing is to be kept: that halves the time of the suite. */
const SETTINGS = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  max_connections: '300',
  max_wal_size: '128MB',
  autovacuum: 'off',
  wal_level: 'minimal',
  max_wal_senders: '0',
};
const TEMPLATE = 'ota_test_template';
/** A file system in memory, on Linux; the run needs about 250 MB. */
const MEMORY = '/dev/shm';
const ROOM_BYTES = 1024 ** 3;

/** One real PostgreSQL for the whole run, with a migrated template that every test file clones. */
export default async function globalSetup() {
  if (areOnlySourcesGiven()) return;
  if (!existsSync('dist/src/main.js')) throw new Error('There is no build: run `npm run build` first.');
  const { startEmbeddedPostgres } = await import('../../dist/src/database/embedded/embedded-postgres.js');
  const { migrateUp } = await import('../../dist/src/database/migrator.js');

  const dataDir = mkdtempSync(join(placeOfFiles(), 'ota-test-'));
  const postgres = await startEmbeddedPostgres({ dataDir, settings: SETTINGS });
  globalThis.testPostgres = { dataDir, postgres };

  const admin = new pg.Client({ connectionString: postgres.url });
  await admin.connect();
  await quickenLogins(admin, new URL(postgres.url));
  await admin.query(`CREATE DATABASE ${TEMPLATE}`);
  await admin.end();
  const template = new URL(postgres.url);
  template.pathname = `/${TEMPLATE}`;
  await migrateUp(template.href);
  process.env['TEST_POSTGRES_URL'] = postgres.url;
}

/** Specs beside their sources have no database: `jest.js src/domain/…` starts at once. */
function areOnlySourcesGiven() {
  const paths = process.argv.slice(2).filter((argument) => /^(?:[^-].*\/)?(?:src|test)\//.test(argument));
  return paths.length > 0 && paths.every((path) => /^(?:\.\/)?src\//.test(path));
}

/**
 * The run makes some thousand connections; for each, both sides would hash the password 4096 times. On loopback the
 * password itself may be sent, too, which takes 2 ms less.
 */
async function quickenLogins(admin, { username, password }) {
  await admin.query('SET scram_iterations = 1');
  await admin.query(
    `ALTER ROLE ${pg.escapeIdentifier(username)} PASSWORD ${pg.escapeLiteral(decodeURIComponent(password))}`,
  );
  const { rows } = await admin.query('SHOW hba_file');
  writeFileSync(rows[0].hba_file, 'host all all 127.0.0.1/32 password\n');
  await admin.query('SELECT pg_reload_conf()');
}

/** A cloned database has 300 files, which memory makes faster than a disk; a container may have little of it, though. */
function placeOfFiles() {
  if (!existsSync(MEMORY)) return tmpdir();
  const { bavail, bsize } = statfsSync(MEMORY);
  return bavail * bsize > ROOM_BYTES ? MEMORY : tmpdir();
}
