import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Which rollout withheld its firmware at the last check of a device: the reason is over when that one is, or stops. */
export class WithholdingRollout implements MigrationInterface {
  readonly name = 'WithholdingRollout0000000000027';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE device ADD COLUMN withheld_by bigint');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE device DROP COLUMN withheld_by');
  }
}
