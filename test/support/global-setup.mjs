import { existsSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';

/** Not durable, since nothing is to be kept: that halves the time of the suite. */
const SETTINGS = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  max_connections: '300',
};
const TEMPLATE = 'ota_test_template';

/** One real PostgreSQL for the whole run, with a migrated template that every test file clones. */
export default async function globalSetup() {
  if (!existsSync('dist/src/main.js')) throw new Error('There is no build: run `npm run build` first.');
  const { startEmbeddedPostgres } = await import('../../dist/src/database/embedded/embedded-postgres.js');
  const { migrateUp } = await import('../../dist/src/database/migrator.js');

  const dataDir = mkdtempSync(join(tmpdir(), 'ota-test-'));
  const postgres = await startEmbeddedPostgres({ dataDir, settings: SETTINGS });
  globalThis.testPostgres = { dataDir, postgres };

  const admin = new pg.Client({ connectionString: postgres.url });
  await admin.connect();
  await admin.query(`CREATE DATABASE ${TEMPLATE}`);
  await admin.end();
  const template = new URL(postgres.url);
  template.pathname = `/${TEMPLATE}`;
  await migrateUp(template.href);
  process.env['TEST_POSTGRES_URL'] = postgres.url;
}
