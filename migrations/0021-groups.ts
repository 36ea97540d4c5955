import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Groups of devices, and what filters are found by. What the devices of a fleet run is few different things: the index
 * finds which, without a look at each device, and is written to only when a device runs something else than before.
 */
export class Groups implements MigrationInterface {
  readonly name = 'Groups0000000000021';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE device_group (
        id bigserial PRIMARY KEY,
        name varchar(100) NOT NULL,
        folded_name text COLLATE "C" NOT NULL,
        description text,
        filter text,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT uq_device_group_name UNIQUE (folded_name)
      )`);
    await runner.query(`
      CREATE TABLE device_group_member (
        group_id bigint NOT NULL,
        device_id bigint NOT NULL,
        PRIMARY KEY (group_id, device_id),
        CONSTRAINT fk_device_group_member_group FOREIGN KEY (group_id) REFERENCES device_group (id) ON DELETE CASCADE,
        CONSTRAINT fk_device_group_member_device FOREIGN KEY (device_id) REFERENCES device (id) ON DELETE CASCADE
      )`);
    await runner.query('CREATE INDEX ix_device_group_member_device ON device_group_member (device_id)');
    await runner.query(`
      CREATE INDEX ix_device_running ON device (device_type, current_version, current_build)
       WHERE current_version IS NOT NULL`);
    await runner.query(
      'CREATE INDEX ix_device_folded_name ON device (folded_name) WHERE folded_name IS NOT NULL',
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX ix_device_folded_name, ix_device_running');
    await runner.query('DROP TABLE device_group_member, device_group');
  }
}
