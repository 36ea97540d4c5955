import type { ClientBase } from 'pg';
import { DataSource } from 'typeorm';
import { DomainError } from '../domain/errors.js';
import { addRows, prepareToCopy } from './copy-rows.js';
import { schemaDataSourceOptions } from './data-source.js';
import { withMigrationLock } from './migration-lock.js';
import { migrateWithin } from './migrator.js';
import type { DatabaseShape, TableShape } from './snapshot.js';
import { MIGRATIONS_TABLE, quoted, setSequences, tablesInOrder } from './tables.js';

/**
 * Makes the tables of a database in another one, with the rows that are given, and brings them up to date: in one
 * transaction, so that it is there as a whole or not at all.
 * @param rowsOf is called for one table after the other
 * @param beforeCommit fails to change nothing
 * @throws DomainError DATABASE_NOT_EMPTY
 */
export function fillDatabase(
  url: string,
  shape: DatabaseShape,
  rowsOf: (table: TableShape) => AsyncIterable<Buffer>,
  beforeCommit: () => Promise<void> = () => Promise.resolve(),
): Promise<void> {
  // A server that starts meanwhile waits for the end.
  return withMigrationLock(url, {}, async () => {
    const dataSource = await new DataSource(schemaDataSourceOptions(url)).initialize();
    const runner = dataSource.createQueryRunner();
    try {
      const client = (await runner.connect()) as ClientBase;
      await refuseTables(client, shape);
      await runner.startTransaction();
      await migrateWithin(runner, url, shape.migrations);
      await fillTables(client, shape, rowsOf);
      await migrateWithin(runner, url);
      await client.query('SELECT recount_lists()');
      await client.query('SELECT renumber_events()');
      await beforeCommit();
      await runner.commitTransaction();
    } finally {
      if (runner.isTransactionActive) await runner.rollbackTransaction().catch(() => undefined);
      await runner.release();
      await dataSource.destroy();
    }
  });
}

async function fillTables(
  client: ClientBase,
  shape: DatabaseShape,
  rowsOf: (table: TableShape) => AsyncIterable<Buffer>,
): Promise<void> {
  const tables = (await tablesInOrder(client)).map(quoted);
  // What triggers would add, or refuse, is among the rows already. Migrations may have left rows.
  for (const table of tables) await client.query(`ALTER TABLE ${table} DISABLE TRIGGER USER`);
  await client.query(`TRUNCATE ${tables.join(', ')}`);
  await prepareToCopy(client);
  for (const table of shape.tables) {
    await addRows(client, table.name, table.columns, rowsOf(table));
    await setSequences(client, table.name, table.sequences);
  }
  for (const table of tables) await client.query(`ALTER TABLE ${table} ENABLE TRIGGER USER`);
}

/** Tables of others may stand beside. */
async function refuseTables(client: ClientBase, { tables }: DatabaseShape): Promise<void> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT relname AS name FROM pg_class
      WHERE relnamespace = current_schema()::regnamespace AND relname = ANY($1) ORDER BY relname LIMIT 1`,
    [[MIGRATIONS_TABLE, ...tables.map(({ name }) => name)]],
  );
  const [found] = rows;
  if (!found) return;
  throw new DomainError(
    'DATABASE_NOT_EMPTY',
    `The database already has the table ${found.name}. Nothing was changed.`,
  );
}
