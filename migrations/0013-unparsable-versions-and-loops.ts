import type { MigrationInterface, QueryRunner } from 'typeorm';
import { parseVersion, versionSortKey } from '../src/domain/firmware-version.js';

/**
 * A firmware may be marked for devices whose version cannot be ordered. A device remembers how often it has reported that
 * it installed each firmware since it last ran the newest one, so that every server notices one that updates for ever. Firmware whose version could not be ordered before, such as `1.0`, gets its place in the order.
 */
export class UnparsableVersionsAndLoops implements MigrationInterface {
  readonly name = 'UnparsableVersionsAndLoops0000000000013';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE firmware ADD COLUMN offer_to_unparsable boolean NOT NULL DEFAULT false');
    await runner.query(`
      ALTER TABLE device
        ADD COLUMN offered_firmware_id bigint,
        ADD COLUMN update_successes jsonb`);
    // Of a fleet, only the few devices that repeat themselves are in it.
    await runner.query(
      "CREATE INDEX ix_device_update_loop ON device (id) WHERE jsonb_path_exists(update_successes, '$.* ? (@ >= 3)')",
    );
    await fillSortKeys(runner);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX ix_device_update_loop');
    await runner.query('ALTER TABLE device DROP COLUMN offered_firmware_id, DROP COLUMN update_successes');
    await runner.query('ALTER TABLE firmware DROP COLUMN offer_to_unparsable');
  }
}

/** Only what had no key: the keys of versions that could be ordered before have not changed. */
async function fillSortKeys(runner: QueryRunner): Promise<void> {
  const rows = (await runner.query("SELECT id, version FROM firmware WHERE version_sort_key = ''")) as {
    id: number;
    version: string;
  }[];
  await runner.query(
    `UPDATE firmware SET version_sort_key = filled.key
       FROM unnest($1::bigint[], $2::text[]) AS filled (id, key)
      WHERE firmware.id = filled.id AND filled.key <> ''`,
    [rows.map(({ id }) => id), rows.map(({ version }) => versionSortKey(parseVersion(version)))],
  );
}
