import pg, { type ClientBase } from 'pg';

/*
 * What the catalog of PostgreSQL says of the tables of the server, for whoever takes all of them along without naming
 * any. Names are as they are; {@link quoted} makes identifiers of them.
 */

/** TypeORM's own. */
export const MIGRATIONS_TABLE = 'schema_migration';

/** Where a sequence stands that numbers a column. */
export interface SequenceState {
  readonly column: string;
  /** A bigint, as text. */
  readonly lastValue: string;
  readonly isCalled: boolean;
}

export const quoted = (name: string): string => pg.escapeIdentifier(name);

/** All tables but that of the migrations; a table that others refer to comes before them. */
export async function tablesInOrder(client: ClientBase): Promise<string[]> {
  const { rows } = await client.query<{ name: string; needs: string[] }>(
    `SELECT relname AS name,
            array(SELECT other.relname::text
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

/** The columns that hold what was written to them. */
export async function columnsOf(client: ClientBase, table: string): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT attname AS name FROM pg_attribute
      WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = '' ORDER BY attnum`,
    [quoted(table)],
  );
  return rows.map(({ name }) => name);
}

/** The names of the migrations that were applied, in their order. */
export async function appliedMigrations(client: ClientBase): Promise<string[]> {
  const known = await client.query<{ exists: boolean }>('SELECT to_regclass($1) IS NOT NULL AS exists', [
    MIGRATIONS_TABLE,
  ]);
  if (!known.rows[0]?.exists) return [];
  const { rows } = await client.query<{ name: string }>(
    `SELECT name FROM ${MIGRATIONS_TABLE} ORDER BY timestamp`,
  );
  return rows.map(({ name }) => name);
}

/** They also know the ids of rows that are gone, which must not be given out again. */
export async function sequencesOf(client: ClientBase, table: string): Promise<SequenceState[]> {
  const { rows } = await client.query<{ column: string; sequence: string }>(
    `SELECT attname AS column, pg_get_serial_sequence($1, attname) AS sequence
       FROM pg_attribute
      WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped
        AND pg_get_serial_sequence($1, attname) IS NOT NULL`,
    [quoted(table)],
  );
  const states: SequenceState[] = [];
  for (const { column, sequence } of rows) {
    // The name comes quoted.
    const { rows: found } = await client.query<Omit<SequenceState, 'column'>>(
      `SELECT last_value::text AS "lastValue", is_called AS "isCalled" FROM ${sequence}`,
    );
    states.push(...found.map((state) => ({ column, ...state })));
  }
  return states;
}

export async function setSequences(
  client: ClientBase,
  table: string,
  states: readonly SequenceState[],
): Promise<void> {
  for (const { column, lastValue, isCalled } of states) {
    await client.query('SELECT setval(pg_get_serial_sequence($1, $2), $3, $4)', [
      quoted(table),
      column,
      lastValue,
      isCalled,
    ]);
  }
}
