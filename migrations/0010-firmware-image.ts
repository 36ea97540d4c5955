import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What was read in the file of a firmware; unknown of those that were registered before. */
export class FirmwareImage implements MigrationInterface {
  readonly name = 'FirmwareImage0000000000010';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE firmware ADD COLUMN image jsonb');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE firmware DROP COLUMN image');
  }
}
