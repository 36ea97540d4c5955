import type { MigrationInterface, QueryRunner } from 'typeorm';
import { describeTable, differences } from './support/describe-table.js';
import { MigrationRefused } from './support/migration-refused.js';

const TABLES = ['firmware', 'device_ota_log'] as const;
const MODEL_SCHEMA = 'ota_model_of_0004';

/**
 * The tables of the original system, name for name. A database in which they are already, with its rows and beside
 * tables of others, is taken over when they are exactly what this would make.
 */
export class FirmwareOta implements MigrationInterface {
  readonly name = 'FirmwareOta0000000000004';

  async up(runner: QueryRunner): Promise<void> {
    const schema = await currentSchema(runner);
    const existing = await existingTables(runner, schema);
    if (existing.length === 0) return createTables(runner, schema);
    await refuseDifferences(runner, schema, existing);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE device_ota_log');
    await runner.query('DROP TABLE firmware');
  }
}

async function createTables(runner: QueryRunner, schema: string): Promise<void> {
  await runner.query(`
    CREATE TABLE "${schema}".firmware (
      id serial PRIMARY KEY,
      device_type varchar(50) NOT NULL,
      version varchar(20) NOT NULL,
      build_number integer NOT NULL,
      filename varchar(255) NOT NULL,
      file_size integer NOT NULL,
      file_hash varchar(64) NOT NULL,
      binary_path varchar(500) NOT NULL,
      description text,
      release_notes text,
      is_stable boolean NOT NULL DEFAULT false,
      is_active boolean NOT NULL DEFAULT true,
      min_current_version varchar(20),
      created_at timestamp NOT NULL,
      updated_at timestamp NOT NULL,
      released_at timestamp
    )`);
  await runner.query(`CREATE INDEX ix_firmware_device_type ON "${schema}".firmware (device_type)`);
  await runner.query(`CREATE UNIQUE INDEX ix_firmware_filename ON "${schema}".firmware (filename)`);
  await runner.query(`
    CREATE TABLE "${schema}".device_ota_log (
      id serial PRIMARY KEY,
      device_id integer NOT NULL,
      firmware_id integer NOT NULL REFERENCES "${schema}".firmware (id),
      status varchar(20) NOT NULL,
      error_message text,
      bytes_downloaded integer NOT NULL DEFAULT 0,
      download_started_at timestamp,
      download_completed_at timestamp,
      installed_at timestamp,
      created_at timestamp NOT NULL,
      updated_at timestamp NOT NULL
    )`);
  await runner.query(`CREATE INDEX ix_device_ota_log_device_id ON "${schema}".device_ota_log (device_id)`);
  await runner.query(
    `CREATE INDEX ix_device_ota_log_firmware_id ON "${schema}".device_ota_log (firmware_id)`,
  );
}

/** Makes the tables once more in a schema of their own, to compare with, so that there is one description of them. */
async function refuseDifferences(runner: QueryRunner, schema: string, existing: string[]): Promise<void> {
  const missing = TABLES.filter((table) => !existing.includes(table));
  const found = missing.map((table) => `table ${table} is missing`);
  await runner.query(`CREATE SCHEMA ${MODEL_SCHEMA}`);
  await createTables(runner, MODEL_SCHEMA);
  for (const table of existing) {
    const [actual, expected] = [
      await describeTable(runner, schema, table),
      await describeTable(runner, MODEL_SCHEMA, table),
    ];
    found.push(...differences(table, actual, expected));
  }
  await runner.query(`DROP SCHEMA ${MODEL_SCHEMA} CASCADE`);
  if (found.length > 0) {
    throw new MigrationRefused(
      'This database has tables named firmware or device_ota_log that are not those of the original system. ' +
        'Nothing was changed. Rename them, or set DATABASE_URL to another database. The differences',
      found,
    );
  }
}

async function currentSchema(runner: QueryRunner): Promise<string> {
  const rows = (await runner.query('SELECT current_schema() AS name')) as { name: string }[];
  return rows[0]?.name ?? 'public';
}

async function existingTables(runner: QueryRunner, schema: string): Promise<string[]> {
  const rows = (await runner.query(
    'SELECT table_name AS name FROM information_schema.tables WHERE table_schema = $1 AND table_name = ANY($2)',
    [schema, TABLES],
  )) as { name: string }[];
  return rows.map(({ name }) => name);
}
