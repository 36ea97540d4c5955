import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The device registry. Devices of the original system are known by their log only: each gets a row from it. */
export class Devices implements MigrationInterface {
  readonly name = 'Devices0000000000006';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE device (
        id bigint PRIMARY KEY,
        device_type varchar(50),
        current_version varchar(32),
        current_build integer,
        first_seen_at timestamptz NOT NULL DEFAULT now(),
        last_seen_at timestamptz NOT NULL DEFAULT now()
      )`);
    await runner.query(`
      INSERT INTO device (id, device_type, first_seen_at, last_seen_at)
      SELECT device_id, (array_agg(device_type ORDER BY log.id DESC))[1], min(log.created_at), max(log.updated_at)
        FROM device_ota_log log JOIN firmware ON firmware.id = firmware_id
       GROUP BY device_id`);
    await runner.query(`
      ALTER TABLE device_ota_log
        ADD CONSTRAINT fk_device_ota_log_device FOREIGN KEY (device_id) REFERENCES device (id)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE device_ota_log DROP CONSTRAINT fk_device_ota_log_device');
    await runner.query('DROP TABLE device');
  }
}
