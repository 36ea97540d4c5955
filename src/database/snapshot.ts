import type { Readable } from 'node:stream';
import type { ClientBase } from 'pg';
import { DataSource, type QueryRunner } from 'typeorm';
import { DomainError } from '../domain/errors.js';
import { rowsOf, prepareToCopy } from './copy-rows.js';
import { schemaDataSourceOptions } from './data-source.js';
import { migrationNames } from './migrator.js';
import {
  appliedMigrations,
  columnsOf,
  quoted,
  sequencesOf,
  tablesInOrder,
  type SequenceState,
} from './tables.js';

/** What is known of a table beside its rows. */
export interface TableShape {
  readonly name: string;
  readonly columns: readonly string[];
  readonly sequences: readonly SequenceState[];
}

/** What is known of a database beside its rows. */
export interface DatabaseShape {
  /** The names of the migrations that made its schema, in their order. */
  readonly migrations: readonly string[];
  /** One that others refer to comes before them. */
  readonly tables: readonly TableShape[];
}

/** The whole database as it was at one moment. */
export interface Snapshot extends DatabaseShape {
  /** Reads the database of that moment. */
  readonly runner: QueryRunner;
  /** As the text of COPY; to be read to its end before the next query. */
  rowsOf(table: TableShape): Readable;
}

/**
 * Reads a database as it is at one moment while others go on writing to it.
 * @throws DomainError SCHEMA_DIFFERS when it was migrated by another version of the server
 */
export async function withSnapshot<T>(url: string, work: (snapshot: Snapshot) => Promise<T>): Promise<T> {
  const dataSource = await new DataSource(schemaDataSourceOptions(url)).initialize();
  const runner = dataSource.createQueryRunner();
  try {
    const client = (await runner.connect()) as ClientBase;
    const migrations = await appliedMigrations(client);
    if (migrations.join() !== migrationNames().join()) throw otherSchema();
    const tables = await tablesInOrder(client);

    await runner.startTransaction('REPEATABLE READ');
    await client.query('SET TRANSACTION READ ONLY');
    // Before the moment: a table that is truncated later would be empty in it.
    await client.query(`LOCK TABLE ${tables.map(quoted).join(', ')} IN ACCESS SHARE MODE`);
    await prepareToCopy(client);
    const shapes: TableShape[] = [];
    for (const name of tables) shapes.push({ name, columns: await columnsOf(client, name), sequences: [] });
    return await work({
      migrations,
      tables: await withSequences(client, shapes),
      runner,
      rowsOf: ({ name, columns }) => rowsOf(client, name, columns),
    });
  } finally {
    await runner.rollbackTransaction().catch(() => undefined);
    await runner.release();
    await dataSource.destroy();
  }
}

/** Sequences are of now, not of the moment: they may only be ahead of the rows. */
async function withSequences(client: ClientBase, shapes: readonly TableShape[]): Promise<TableShape[]> {
  const tables: TableShape[] = [];
  for (const shape of shapes) tables.push({ ...shape, sequences: await sequencesOf(client, shape.name) });
  return tables;
}

const otherSchema = (): DomainError =>
  new DomainError(
    'SCHEMA_DIFFERS',
    'The database was migrated by another version of the server than this command.',
  );
