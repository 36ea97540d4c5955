import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What a statement that changes a table shows its trigger of the rows that it changed. */
const CHANGES = {
  insert: 'REFERENCING NEW TABLE AS after',
  update: 'REFERENCING OLD TABLE AS before NEW TABLE AS after',
  delete: 'REFERENCING OLD TABLE AS before',
  truncate: '',
};

/**
 * The totals of the lists, so that a page of a list need not count a fleet. Every statement that changes a table adds
 * what it changed them by, in its own transaction and whoever sent it: they are exact.
 *
 * Attempts change all the time: nobody is to wait for a row that somebody else counts in. So each statement adds rows of
 * its own, and the server folds them together. Firmware changes seldom, and has one row for each type.
 *
 * `SELECT recount_lists()` counts anew, after rows were written where triggers do not fire.
 */
export class ListTotals implements MigrationInterface {
  readonly name = 'ListTotals0000000000012';

  async up(runner: QueryRunner): Promise<void> {
    const [{ schema }] = (await runner.query('SELECT quote_ident(current_schema()) AS schema')) as [
      { schema: string },
    ];
    // Temporary tables last: a writer's own must not be taken for the counts.
    const here = `SET search_path = ${schema}, pg_temp`;
    // Whoever may write to a table is counted, without rights on the counts.
    const forAll = `SECURITY DEFINER ${here}`;
    await runner.query(`
      CREATE TABLE attempt_count (
        firmware_id bigint NOT NULL,
        status varchar(20) NOT NULL,
        change bigint NOT NULL
      )`);
    await runner.query(`
      CREATE FUNCTION count_attempts() RETURNS trigger LANGUAGE plpgsql ${forAll} AS $$
      BEGIN
        CASE TG_OP
          WHEN 'INSERT' THEN
            INSERT INTO attempt_count SELECT firmware_id, status, count(*) FROM after GROUP BY firmware_id, status;
          WHEN 'UPDATE' THEN
            INSERT INTO attempt_count
            SELECT firmware_id, status, sum(one)
              FROM (SELECT firmware_id, status, 1 AS one FROM after
                    UNION ALL SELECT firmware_id, status, -1 FROM before) AS row
             GROUP BY firmware_id, status HAVING sum(one) <> 0;
          WHEN 'DELETE' THEN
            INSERT INTO attempt_count SELECT firmware_id, status, -count(*) FROM before GROUP BY firmware_id, status;
          ELSE
            TRUNCATE attempt_count;
        END CASE;
        RETURN NULL;
      END $$`);
    await runner.query(`
      CREATE TABLE firmware_count (
        device_type varchar(50) PRIMARY KEY,
        firmware bigint NOT NULL
      )`);
    await runner.query(`
      CREATE FUNCTION count_firmware() RETURNS trigger LANGUAGE plpgsql ${forAll} AS $$
      BEGIN
        IF TG_OP = 'TRUNCATE' THEN
          TRUNCATE firmware_count;
        END IF;
        IF TG_OP IN ('UPDATE', 'DELETE') THEN
          UPDATE firmware_count SET firmware = firmware - gone.count
            FROM (SELECT device_type, count(*) FROM before GROUP BY device_type) AS gone
           WHERE firmware_count.device_type = gone.device_type;
        END IF;
        IF TG_OP IN ('UPDATE', 'INSERT') THEN
          INSERT INTO firmware_count AS known SELECT device_type, count(*) FROM after GROUP BY device_type
          ON CONFLICT (device_type) DO UPDATE SET firmware = known.firmware + excluded.firmware;
        END IF;
        RETURN NULL;
      END $$`);
    for (const [event, tables] of Object.entries(CHANGES)) {
      await runner.query(`
        CREATE TRIGGER count_attempts_on_${event} AFTER ${event.toUpperCase()} ON device_ota_log ${tables}
          FOR EACH STATEMENT EXECUTE FUNCTION count_attempts()`);
      await runner.query(`
        CREATE TRIGGER count_firmware_on_${event} AFTER ${event.toUpperCase()} ON firmware ${tables}
          FOR EACH STATEMENT EXECUTE FUNCTION count_firmware()`);
    }
    await runner.query(`
      CREATE FUNCTION recount_lists() RETURNS void LANGUAGE sql ${here} AS $$
        LOCK TABLE firmware, device_ota_log IN SHARE MODE;
        TRUNCATE attempt_count, firmware_count;
        INSERT INTO attempt_count SELECT firmware_id, status, count(*) FROM device_ota_log GROUP BY firmware_id, status;
        INSERT INTO firmware_count SELECT device_type, count(*) FROM firmware GROUP BY device_type;
      $$`);
    await runner.query('SELECT recount_lists()');
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const event of Object.keys(CHANGES)) {
      await runner.query(`DROP TRIGGER count_attempts_on_${event} ON device_ota_log`);
      await runner.query(`DROP TRIGGER count_firmware_on_${event} ON firmware`);
    }
    await runner.query('DROP FUNCTION recount_lists()');
    await runner.query('DROP FUNCTION count_firmware()');
    await runner.query('DROP FUNCTION count_attempts()');
    await runner.query('DROP TABLE firmware_count');
    await runner.query('DROP TABLE attempt_count');
  }
}
