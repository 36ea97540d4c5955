import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Finds the devices that may never come back. That one came back is noted when too many are on record, and not by its
 * check: the column is in the index, and a row whose indexed columns change costs an entry in every index of the table.
 */
export class ConfirmedDevices implements MigrationInterface {
  readonly name = 'ConfirmedDevices0000000000019';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE device ADD COLUMN is_confirmed boolean NOT NULL DEFAULT false');
    await runner.query(
      'CREATE INDEX ix_device_unconfirmed ON device (first_seen_at, id) WHERE NOT is_confirmed',
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX ix_device_unconfirmed');
    await runner.query('ALTER TABLE device DROP COLUMN is_confirmed');
  }
}
