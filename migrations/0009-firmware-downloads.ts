import type { MigrationInterface, QueryRunner } from 'typeorm';

/** How often each firmware was downloaded. */
export class FirmwareDownloads implements MigrationInterface {
  readonly name = 'FirmwareDownloads0000000000009';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE firmware_download (
        firmware_id bigint PRIMARY KEY
          CONSTRAINT fk_firmware_download_firmware REFERENCES firmware (id) ON DELETE CASCADE,
        downloads bigint NOT NULL DEFAULT 0,
        last_download_at timestamptz NOT NULL
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE firmware_download');
  }
}
