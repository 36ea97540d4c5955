import type pg from 'pg';
import { migrateUp } from './migrator.js';
import { newPgClient } from './pg-client.js';

/** The copy was refused before a row was written. */
class CopyRefused extends Error {
  override readonly name = 'CopyRefused';
}

/** How many rows of a table were copied so far. */
export type OnProgress = (table: string, rows: number) => void;

const MIGRATIONS_TABLE = 'schema_migration';
const ROWS_AT_ONCE = 2_000;

/**
 * Copies everything that this server keeps from one database into an empty one: one snapshot of the source, one
 * transaction in the target.
 * @returns the rows copied, by table
 * @throws CopyRefused when the target has rows, or the source was migrated by another version of the server
 */
export async function copyDatabase(
  sourceUrl: string,
  targetUrl: string,
  onProgress: OnProgress = () => undefined,
): Promise<ReadonlyMap<string, number>> {
  const source = newPgClient({ connectionString: sourceUrl });
  const target = newPgClient({ connectionString: targetUrl });
  try {
    await source.connect();
    await target.connect();
    await refuseRows(target);
    await migrateUp(targetUrl);
    await source.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    await refuseOtherSchema(source, target);

    await target.query('BEGIN');
    const copied = await copyTables(source, target, onProgress);
    await target.query('COMMIT');
    return copied;
  } finally {
    await Promise.allSettled([source.end(), target.end()]);
  }
}

async function copyTables(
  source: pg.Client,
  target: pg.Client,
  onProgress: OnProgress,
): Promise<ReadonlyMap<string, number>> {
  const tables = await tablesInOrder(target);
  // The triggers that keep totals would count each row a second time: the totals are copied as they are.
  for (const table of tables) await target.query(`ALTER TABLE ${table} DISABLE TRIGGER USER`);
  const copied = new Map<string, number>();
  for (const table of tables) copied.set(table, await copyTable(source, target, table, onProgress));
  for (const table of tables) {
    await target.query(`ALTER TABLE ${table} ENABLE TRIGGER USER`);
    await advanceSequences(target, table);
  }
  return copied;
}

/** Rows travel as JSON text, in which 64-bit integers and microseconds stay exact. */
async function copyTable(
  source: pg.Client,
  target: pg.Client,
  table: string,
  onProgress: OnProgress,
): Promise<number> {
  await source.query(`DECLARE rows NO SCROLL CURSOR FOR SELECT to_jsonb(t)::text AS row FROM ${table} AS t`);
  let copied = 0;
  for (;;) {
    const { rows } = await source.query<{ row: string }>(`FETCH ${ROWS_AT_ONCE} FROM rows`);
    if (rows.length === 0) break;
    await target.query(
      `INSERT INTO ${table} OVERRIDING SYSTEM VALUE SELECT * FROM jsonb_populate_recordset(NULL::${table}, $1)`,
      [`[${rows.map(({ row }) => row).join(',')}]`],
    );
    copied += rows.length;
    onProgress(table, copied);
  }
  await source.query('CLOSE rows');
  return copied;
}

/** The names of all tables but that of the migrations, quoted; a table that others refer to comes before them. */
async function tablesInOrder(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query<{ name: string; needs: string[] }>(
    `SELECT quote_ident(relname) AS name,
            array(SELECT quote_ident(other.relname)
                    FROM pg_constraint JOIN pg_class AS other ON other.oid = confrelid
                   WHERE conrelid = c.oid AND contype = 'f' AND confrelid <> conrelid) AS needs
       FROM pg_class AS c
      WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace AND relname <> $1
      ORDER BY relname`,
    [MIGRATIONS_TABLE],
  );
  const ordered: string[] = [];
  let waiting = rows;
  while (waiting.length > 0) {
    const ready = waiting.filter(({ needs }) => needs.every((name) => ordered.includes(name)));
    if (ready.length === 0) throw new Error('Tables refer to each other in a circle.');
    ordered.push(...ready.map(({ name }) => name));
    waiting = waiting.filter((table) => !ready.includes(table));
  }
  return ordered;
}

async function refuseRows(target: pg.Client): Promise<void> {
  for (const table of await tablesInOrder(target)) {
    const { rowCount } = await target.query(`SELECT 1 FROM ${table} LIMIT 1`);
    if (rowCount === 0) continue;
    throw new CopyRefused(
      `The target database has rows in the table ${table}. Give a new, empty database: createdb --owner=ota ota`,
    );
  }
}

/** Equal migrations make equal tables, so that each row fits as it is. */
async function refuseOtherSchema(source: pg.Client, target: pg.Client): Promise<void> {
  const [here, there] = await Promise.all([appliedMigrations(source), appliedMigrations(target)]);
  if (here.join() === there.join()) return;
  throw new CopyRefused(
    'The source database was not migrated by this version of the server. Run `npm run migration:run`, then copy again.',
  );
}

async function appliedMigrations(client: pg.Client): Promise<string[]> {
  const known = await client.query<{ exists: boolean }>('SELECT to_regclass($1) IS NOT NULL AS exists', [
    MIGRATIONS_TABLE,
  ]);
  if (!known.rows[0]?.exists) return [];
  const { rows } = await client.query<{ name: string }>(`SELECT name FROM ${MIGRATIONS_TABLE} ORDER BY name`);
  return rows.map(({ name }) => name);
}

/** The next row of the target gets an id that no copied row has. */
async function advanceSequences(target: pg.Client, table: string): Promise<void> {
  const { rows } = await target.query<{ column: string; sequence: string }>(
    `SELECT quote_ident(attname) AS column, pg_get_serial_sequence($1, attname) AS sequence
       FROM pg_attribute
      WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped
        AND pg_get_serial_sequence($1, attname) IS NOT NULL`,
    [table],
  );
  for (const { column, sequence } of rows) {
    await target.query(
      `SELECT setval($1, greatest(max(${column}), 1), max(${column}) IS NOT NULL) FROM ${table}`,
      [sequence],
    );
  }
}
