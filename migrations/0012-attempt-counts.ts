import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * How many attempts of each firmware stand at each status, so that a list with its total need not count a fleet's
 * attempts. Every statement that changes the log adds what it changed by, in its own transaction and whoever sent it:
 * the sum is exact, and nobody waits for a row that somebody else counts in. The server folds the rows together.
 * `SELECT recount_attempts()` counts anew, after rows were written where triggers do not fire.
 */
export class AttemptCounts implements MigrationInterface {
  readonly name = 'AttemptCounts0000000000012';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE attempt_count (
        firmware_id bigint NOT NULL,
        status varchar(20) NOT NULL,
        change bigint NOT NULL
      )`);
    await runner.query(`
      CREATE FUNCTION count_attempts() RETURNS trigger LANGUAGE plpgsql AS $$
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
    for (const [event, tables] of [
      ['insert', 'REFERENCING NEW TABLE AS after'],
      ['update', 'REFERENCING OLD TABLE AS before NEW TABLE AS after'],
      ['delete', 'REFERENCING OLD TABLE AS before'],
      ['truncate', ''],
    ] as const) {
      await runner.query(`
        CREATE TRIGGER count_attempts_on_${event} AFTER ${event.toUpperCase()} ON device_ota_log ${tables}
          FOR EACH STATEMENT EXECUTE FUNCTION count_attempts()`);
    }
    await runner.query(`
      CREATE FUNCTION recount_attempts() RETURNS void LANGUAGE sql AS $$
        LOCK TABLE device_ota_log IN SHARE MODE;
        TRUNCATE attempt_count;
        INSERT INTO attempt_count SELECT firmware_id, status, count(*) FROM device_ota_log GROUP BY firmware_id, status;
      $$`);
    await runner.query('SELECT recount_attempts()');
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const event of ['insert', 'update', 'delete', 'truncate']) {
      await runner.query(`DROP TRIGGER count_attempts_on_${event} ON device_ota_log`);
    }
    await runner.query('DROP FUNCTION recount_attempts()');
    await runner.query('DROP FUNCTION count_attempts()');
    await runner.query('DROP TABLE attempt_count');
  }
}
