import type { MigrationInterface, QueryRunner } from 'typeorm';
import { parseVersion, versionSortKey } from '../src/domain/firmware-version.js';
import { MigrationRefused } from './support/migration-refused.js';

const TIMES = {
  firmware: ['created_at', 'updated_at', 'released_at'],
  device_ota_log: [
    'download_started_at',
    'download_completed_at',
    'installed_at',
    'created_at',
    'updated_at',
  ],
} as const;

/**
 * Ids and counters that do not run out, times that know their zone (the original's are UTC), versions as long as
 * git describe writes them, and a release that is unique by what it is instead of by its file's name.
 */
export class WiderTypes implements MigrationInterface {
  readonly name = 'WiderTypes0000000000005';

  async up(runner: QueryRunner): Promise<void> {
    await refuseDoubledReleases(runner);

    await runner.query(`
      ALTER TABLE firmware
        ALTER COLUMN id TYPE bigint,
        ALTER COLUMN file_size TYPE bigint,
        ALTER COLUMN version TYPE varchar(32),
        ALTER COLUMN min_current_version TYPE varchar(32),
        ${TIMES.firmware.map(withZone).join(', ')},
        ALTER COLUMN created_at SET DEFAULT now(),
        ALTER COLUMN updated_at SET DEFAULT now(),
        ADD COLUMN version_sort_key text COLLATE "C" NOT NULL DEFAULT ''`);
    await runner.query(`
      ALTER TABLE device_ota_log
        ALTER COLUMN id TYPE bigint,
        ALTER COLUMN device_id TYPE bigint,
        ALTER COLUMN firmware_id TYPE bigint,
        ALTER COLUMN bytes_downloaded TYPE bigint,
        ${TIMES.device_ota_log.map(withZone).join(', ')},
        ALTER COLUMN created_at SET DEFAULT now(),
        ALTER COLUMN updated_at SET DEFAULT now()`);
    await runner.query('ALTER SEQUENCE firmware_id_seq AS bigint');
    await runner.query('ALTER SEQUENCE device_ota_log_id_seq AS bigint');

    await runner.query('UPDATE firmware SET file_hash = lower(file_hash)');
    await fillSortKeys(runner);

    await runner.query('DROP INDEX ix_firmware_filename');
    await runner.query('DROP INDEX ix_firmware_device_type');
    await runner.query(
      'ALTER TABLE firmware ADD CONSTRAINT uq_firmware_release UNIQUE (device_type, version, build_number)',
    );
    await runner.query(
      'CREATE INDEX ix_firmware_newest_first ON firmware (device_type, version_sort_key, build_number, id)',
    );
    await runner.query('DROP INDEX ix_device_ota_log_device_id');
    await runner.query('DROP INDEX ix_device_ota_log_firmware_id');
    await runner.query(
      'CREATE INDEX ix_device_ota_log_attempt ON device_ota_log (device_id, firmware_id, id)',
    );
    await runner.query('CREATE INDEX ix_device_ota_log_device_id ON device_ota_log (device_id, id)');
    await runner.query('CREATE INDEX ix_device_ota_log_firmware_id ON device_ota_log (firmware_id, id)');
    await runner.query('CREATE INDEX ix_device_ota_log_status ON device_ota_log (status, id)');
    await renameFirmwareKey(runner, 'fk_device_ota_log_firmware');
  }

  /** Fails, and changes nothing, when rows have come that the older types cannot hold. */
  async down(runner: QueryRunner): Promise<void> {
    await renameFirmwareKey(runner, 'device_ota_log_firmware_id_fkey');
    await runner.query('DROP INDEX ix_device_ota_log_status');
    await runner.query('DROP INDEX ix_device_ota_log_firmware_id');
    await runner.query('DROP INDEX ix_device_ota_log_device_id');
    await runner.query('DROP INDEX ix_device_ota_log_attempt');
    await runner.query('CREATE INDEX ix_device_ota_log_device_id ON device_ota_log (device_id)');
    await runner.query('CREATE INDEX ix_device_ota_log_firmware_id ON device_ota_log (firmware_id)');
    await runner.query('DROP INDEX ix_firmware_newest_first');
    await runner.query('ALTER TABLE firmware DROP CONSTRAINT uq_firmware_release');
    await runner.query('CREATE INDEX ix_firmware_device_type ON firmware (device_type)');
    await runner.query('CREATE UNIQUE INDEX ix_firmware_filename ON firmware (filename)');
    await runner.query(`
      ALTER TABLE device_ota_log
        ALTER COLUMN updated_at DROP DEFAULT,
        ALTER COLUMN created_at DROP DEFAULT,
        ${TIMES.device_ota_log.map(withoutZone).join(', ')},
        ALTER COLUMN bytes_downloaded TYPE integer,
        ALTER COLUMN firmware_id TYPE integer,
        ALTER COLUMN device_id TYPE integer,
        ALTER COLUMN id TYPE integer`);
    await runner.query(`
      ALTER TABLE firmware
        DROP COLUMN version_sort_key,
        ALTER COLUMN updated_at DROP DEFAULT,
        ALTER COLUMN created_at DROP DEFAULT,
        ${TIMES.firmware.map(withoutZone).join(', ')},
        ALTER COLUMN min_current_version TYPE varchar(20),
        ALTER COLUMN version TYPE varchar(20),
        ALTER COLUMN file_size TYPE integer,
        ALTER COLUMN id TYPE integer`);
    await runner.query('ALTER SEQUENCE device_ota_log_id_seq AS integer');
    await runner.query('ALTER SEQUENCE firmware_id_seq AS integer');
  }
}

const withZone = (column: string): string =>
  `ALTER COLUMN ${column} TYPE timestamptz USING ${column} AT TIME ZONE 'UTC'`;
const withoutZone = (column: string): string =>
  `ALTER COLUMN ${column} TYPE timestamp USING ${column} AT TIME ZONE 'UTC'`;

async function refuseDoubledReleases(runner: QueryRunner): Promise<void> {
  const rows = (await runner.query(`
    SELECT format('%s %s build %s: ids %s', device_type, version, build_number, string_agg(id::text, ', ' ORDER BY id))
             AS line
      FROM firmware GROUP BY device_type, version, build_number HAVING count(*) > 1 ORDER BY 1`)) as {
    line: string;
  }[];
  if (rows.length > 0) {
    throw new MigrationRefused(
      'A release is registered more than once. Nothing was changed. ' +
        'Of each line below keep one row and delete the others or change their build_number, then start again',
      rows.map(({ line }) => line),
    );
  }
}

async function fillSortKeys(runner: QueryRunner): Promise<void> {
  const rows = (await runner.query('SELECT id, version FROM firmware')) as { id: number; version: string }[];
  await runner.query(
    `UPDATE firmware SET version_sort_key = filled.key
       FROM unnest($1::bigint[], $2::text[]) AS filled (id, key) WHERE firmware.id = filled.id`,
    [rows.map(({ id }) => id), rows.map(({ version }) => versionSortKey(parseVersion(version)))],
  );
  await runner.query('ALTER TABLE firmware ALTER COLUMN version_sort_key DROP DEFAULT');
}

/** The original lets PostgreSQL choose the name, so it is looked up. */
async function renameFirmwareKey(runner: QueryRunner, name: string): Promise<void> {
  const rows = (await runner.query(`
    SELECT conname AS name, quote_ident(conname) AS quoted FROM pg_constraint
     WHERE conrelid = 'device_ota_log'::regclass AND confrelid = 'firmware'::regclass`)) as {
    name: string;
    quoted: string;
  }[];
  for (const found of rows) {
    if (found.name !== name) {
      await runner.query(`ALTER TABLE device_ota_log RENAME CONSTRAINT ${found.quoted} TO ${name}`);
    }
  }
}
