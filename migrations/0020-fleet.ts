import type { MigrationInterface, QueryRunner } from 'typeorm';
import { parseVersion, versionSortKey } from '../src/domain/firmware-version.js';

/**
 * What people see of a device: what it says of itself, what operators say of it, and how its last update went. All of it
 * stands in the device's own row, so that a list of a fleet reads one table. What changes with a check or a report is in no
 * index: such a change then costs no entry in any, as long as its page has room.
 */
export class Fleet implements MigrationInterface {
  readonly name = 'Fleet0000000000020';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE device
        ADD COLUMN version_sort_key text COLLATE "C",
        ADD COLUMN last_checked_at timestamptz,
        ADD COLUMN elf_sha256 varchar(64),
        ADD COLUMN check_interval integer,
        ADD COLUMN learnt_interval integer,
        ADD COLUMN recent_boot_ids bigint[],
        ADD COLUMN boot_ids_alternated_at timestamptz,
        ADD COLUMN accepts_downgrade boolean,
        ADD COLUMN own_attributes jsonb,
        ADD COLUMN name varchar(100),
        ADD COLUMN folded_name text COLLATE "C",
        ADD COLUMN channel varchar(50) NOT NULL DEFAULT 'stable',
        ADD COLUMN tags text[] NOT NULL DEFAULT '{}',
        ADD COLUMN notes text,
        ADD COLUMN operator_attributes jsonb,
        ADD COLUMN update_firmware_id bigint,
        ADD COLUMN update_status varchar(20),
        ADD COLUMN is_rolled_back boolean NOT NULL DEFAULT false,
        ADD COLUMN update_changed_at timestamptz`);
    // Of the rows that are written from now on.
    await runner.query('ALTER TABLE device SET (fillfactor = 80)');
    await fillSortKeys(runner);
    await fillUpdates(runner);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE device RESET (fillfactor)');
    await runner.query(`
      ALTER TABLE device
        DROP COLUMN version_sort_key, DROP COLUMN last_checked_at, DROP COLUMN elf_sha256,
        DROP COLUMN check_interval, DROP COLUMN learnt_interval,
        DROP COLUMN recent_boot_ids, DROP COLUMN boot_ids_alternated_at, DROP COLUMN accepts_downgrade,
        DROP COLUMN own_attributes, DROP COLUMN name, DROP COLUMN folded_name, DROP COLUMN channel, DROP COLUMN tags,
        DROP COLUMN notes, DROP COLUMN operator_attributes, DROP COLUMN update_firmware_id, DROP COLUMN update_status,
        DROP COLUMN is_rolled_back, DROP COLUMN update_changed_at`);
  }
}

async function fillSortKeys(runner: QueryRunner): Promise<void> {
  const versions = (await runner.query(
    'SELECT DISTINCT current_version AS version FROM device WHERE current_version IS NOT NULL',
  )) as { version: string }[];
  await runner.query(
    `UPDATE device SET version_sort_key = filled.key
       FROM unnest($1::text[], $2::text[]) AS filled (version, key) WHERE current_version = filled.version`,
    [
      versions.map(({ version }) => version),
      versions.map(({ version }) => versionSortKey(parseVersion(version))),
    ],
  );
}

/**
 * The newest attempt but for offers of a firmware whose attempt has ended: see nextUpdate. The original system knew other
 * words for what became of one, which say nothing here.
 */
async function fillUpdates(runner: QueryRunner): Promise<void> {
  await runner.query(`
    UPDATE device
       SET update_firmware_id = newest.firmware_id, update_status = newest.status, update_changed_at = newest.updated_at,
           is_rolled_back = newest.status = 'failed'
                            AND coalesce(newest.error_message ~* '\\m(rolled back|diagnostics failed)\\M', false)
      FROM device AS known,
           LATERAL (SELECT * FROM (SELECT firmware_id, status, updated_at, error_message, id FROM device_ota_log
                                    WHERE device_id = known.id ORDER BY id DESC LIMIT 8) AS recent
                     ORDER BY status = 'pending' AND bool_or(status IN ('success', 'failed')) OVER (PARTITION BY firmware_id),
                              id DESC LIMIT 1) AS newest
     WHERE known.id = device.id
       AND newest.status IN ('pending', 'downloading', 'installing', 'success', 'failed')`);
}
