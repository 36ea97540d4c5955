import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Lets a changed password end older tokens, and lets a firmware say that its file was removed on purpose. */
export class TokenEpochAndPruned implements MigrationInterface {
  readonly name = 'TokenEpochAndPruned0000000000015';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE admin_user ADD COLUMN token_epoch integer NOT NULL DEFAULT 0');
    await runner.query('ALTER TABLE firmware ADD COLUMN pruned_at timestamptz');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE firmware DROP COLUMN pruned_at');
    await runner.query('ALTER TABLE admin_user DROP COLUMN token_epoch');
  }
}
