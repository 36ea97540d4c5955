import type { MigrationInterface, QueryRunner } from 'typeorm';

const VACUUM = [
  'autovacuum_vacuum_scale_factor',
  'autovacuum_vacuum_insert_scale_factor',
  'autovacuum_analyze_scale_factor',
];

/**
 * Two of the five indexes of the log did not earn their place. That of the attempts of a device at a firmware also leads
 * to all attempts of a device, which are few to sort. Nearly all attempts succeed, and are found fast without an index of
 * their status; only the others need one. Every report of an attempt adds to each index that is left.
 *
 * Autovacuum comes when 2 % of the rows have changed instead of 20 %, so that a large log does not grow by a fifth first.
 *
 * While the new index is built nobody can write attempts, which takes about a second for a million rows. For a log that is
 * too large for that, create it beforehand with the same statement and CONCURRENTLY.
 */
export class LeanLog implements MigrationInterface {
  readonly name = 'LeanLog0000000000026';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      `CREATE INDEX IF NOT EXISTS ix_device_ota_log_unsuccessful ON device_ota_log (status, id)
        WHERE status <> 'success'`,
    );
    await runner.query('DROP INDEX ix_device_ota_log_status');
    await runner.query('DROP INDEX ix_device_ota_log_device_id');
    await runner.query(
      `ALTER TABLE device_ota_log SET (${VACUUM.map((setting) => `${setting} = 0.02`).join(', ')})`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE device_ota_log RESET (${VACUUM.join(', ')})`);
    await runner.query('CREATE INDEX ix_device_ota_log_device_id ON device_ota_log (device_id, id)');
    await runner.query('CREATE INDEX ix_device_ota_log_status ON device_ota_log (status, id)');
    await runner.query('DROP INDEX ix_device_ota_log_unsuccessful');
  }
}
