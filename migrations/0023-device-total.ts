import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What a statement that changes the table shows its trigger of the rows that it changed. */
const CHANGES = {
  insert: 'REFERENCING NEW TABLE AS after',
  delete: 'REFERENCING OLD TABLE AS before',
  truncate: '',
};

/**
 * The number of devices, maintained as the totals of the other lists are: see ListTotals. A check-in of a device that is
 * on record updates its row, and counts nothing.
 */
export class DeviceTotal implements MigrationInterface {
  readonly name = 'DeviceTotal0000000000023';

  async up(runner: QueryRunner): Promise<void> {
    const here = await searchPath(runner);
    await runner.query('CREATE TABLE device_count (change bigint NOT NULL)');
    await runner.query(`
      CREATE FUNCTION count_devices() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER ${here} AS $$
      BEGIN
        CASE TG_OP
          WHEN 'INSERT' THEN
            INSERT INTO device_count SELECT count(*) FROM after HAVING count(*) > 0;
          WHEN 'DELETE' THEN
            INSERT INTO device_count SELECT -count(*) FROM before HAVING count(*) > 0;
          ELSE
            TRUNCATE device_count;
        END CASE;
        RETURN NULL;
      END $$`);
    for (const [event, tables] of Object.entries(CHANGES)) {
      await runner.query(`
        CREATE TRIGGER count_devices_on_${event} AFTER ${event.toUpperCase()} ON device ${tables}
          FOR EACH STATEMENT EXECUTE FUNCTION count_devices()`);
    }
    await runner.query(`
      CREATE OR REPLACE FUNCTION recount_lists() RETURNS void LANGUAGE sql ${here} AS $$
        LOCK TABLE firmware, device, device_ota_log IN SHARE MODE;
        TRUNCATE attempt_count, firmware_count, device_count;
        INSERT INTO attempt_count SELECT firmware_id, status, count(*) FROM device_ota_log GROUP BY firmware_id, status;
        INSERT INTO firmware_count SELECT device_type, count(*) FROM firmware GROUP BY device_type;
        INSERT INTO device_count SELECT count(*) FROM device;
      $$`);
    await runner.query('INSERT INTO device_count SELECT count(*) FROM device');
  }

  async down(runner: QueryRunner): Promise<void> {
    const here = await searchPath(runner);
    await runner.query(`
      CREATE OR REPLACE FUNCTION recount_lists() RETURNS void LANGUAGE sql ${here} AS $$
        LOCK TABLE firmware, device_ota_log IN SHARE MODE;
        TRUNCATE attempt_count, firmware_count;
        INSERT INTO attempt_count SELECT firmware_id, status, count(*) FROM device_ota_log GROUP BY firmware_id, status;
        INSERT INTO firmware_count SELECT device_type, count(*) FROM firmware GROUP BY device_type;
      $$`);
    for (const event of Object.keys(CHANGES)) {
      await runner.query(`DROP TRIGGER count_devices_on_${event} ON device`);
    }
    await runner.query('DROP FUNCTION count_devices()');
    await runner.query('DROP TABLE device_count');
  }
}

/** Temporary tables last: a writer's own must not be taken for the counts. */
async function searchPath(runner: QueryRunner): Promise<string> {
  const [{ schema }] = (await runner.query('SELECT quote_ident(current_schema()) AS schema')) as [
    { schema: string },
  ];
  return `SET search_path = ${schema}, pg_temp`;
}
