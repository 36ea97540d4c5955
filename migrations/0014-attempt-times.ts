import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Attempts are put in order by the times of their events, since an offer may be written after the reports on it. The
 * BRIN index serves lists of a span of time; attempts are added in about the order of their times, and it costs next to
 * nothing to keep.
 */
export class AttemptTimes implements MigrationInterface {
  readonly name = 'AttemptTimes0000000000014';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE device_ota_log ADD COLUMN repeated_ends jsonb');
    await runner.query('DROP INDEX ix_device_ota_log_attempt');
    await runner.query(
      'CREATE INDEX ix_device_ota_log_attempt ON device_ota_log (device_id, firmware_id, created_at, id)',
    );
    await runner.query(
      'CREATE INDEX ix_device_ota_log_created_at ON device_ota_log USING brin (created_at) WITH (autosummarize = on)',
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX ix_device_ota_log_created_at');
    await runner.query('DROP INDEX ix_device_ota_log_attempt');
    await runner.query(
      'CREATE INDEX ix_device_ota_log_attempt ON device_ota_log (device_id, firmware_id, id)',
    );
    await runner.query('ALTER TABLE device_ota_log DROP COLUMN repeated_ends');
  }
}
