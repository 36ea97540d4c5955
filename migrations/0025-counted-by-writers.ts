import type { MigrationInterface, QueryRunner } from 'typeorm';

const CHANGES = {
  insert: 'REFERENCING NEW TABLE AS after',
  update: 'REFERENCING OLD TABLE AS before NEW TABLE AS after',
  delete: 'REFERENCING OLD TABLE AS before',
  truncate: '',
};

/** A server says so in each transaction: see COUNTS_ATTEMPTS in src/database/transaction.ts. */
const IS_NOT_COUNTED = "WHEN (current_setting('ota.counts_attempts', true) IS DISTINCT FROM 'on')";

/**
 * The server counts the attempts that it writes, in the same transaction: it knows what it changes, and a distributed
 * database has no triggers. The triggers go on counting what others write: servers of the version before, which serve
 * while this one is rolled out, and whoever changes the log by hand.
 */
export class CountedByWriters implements MigrationInterface {
  readonly name = 'CountedByWriters0000000000025';

  async up(runner: QueryRunner): Promise<void> {
    await replaceTriggers(runner, IS_NOT_COUNTED);
  }

  async down(runner: QueryRunner): Promise<void> {
    await replaceTriggers(runner, '');
  }
}

async function replaceTriggers(runner: QueryRunner, condition: string): Promise<void> {
  for (const [event, tables] of Object.entries(CHANGES)) {
    await runner.query(`
      CREATE OR REPLACE TRIGGER count_attempts_on_${event} AFTER ${event.toUpperCase()} ON device_ota_log ${tables}
        FOR EACH STATEMENT ${condition} EXECUTE FUNCTION count_attempts()`);
  }
}
