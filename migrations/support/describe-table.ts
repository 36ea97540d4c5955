import type { QueryRunner } from 'typeorm';

/** Each part of a table by its name, said in a line: `column version` → `character varying(20) not null`. */
export type TableDescription = ReadonlyMap<string, string>;

/** Columns, primary and foreign keys, checks and indexes, free of the schema's name and of constraints' names. */
export async function describeTable(
  runner: QueryRunner,
  schema: string,
  table: string,
): Promise<TableDescription> {
  const rows = (await runner.query(
    `
    SELECT 'column ' || a.attname AS part,
           format_type(a.atttypid, a.atttypmod)
             || CASE WHEN a.attnotnull THEN ' not null' ELSE '' END
             || coalesce(' default ' || pg_get_expr(d.adbin, d.adrelid), '') AS text
      FROM pg_attribute a
      LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
     WHERE a.attrelid = $1::regclass AND a.attnum > 0 AND NOT a.attisdropped
    UNION ALL
    SELECT 'constraint ' || pg_get_constraintdef(oid), pg_get_constraintdef(oid)
      FROM pg_constraint WHERE conrelid = $1::regclass AND contype <> 'n'
    UNION ALL
    SELECT 'index ' || i.relname, pg_get_indexdef(x.indexrelid)
      FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid
     WHERE x.indrelid = $1::regclass AND NOT x.indisprimary`,
    [`"${schema}"."${table}"`],
  )) as { part: string; text: string }[];

  const plain = (text: string): string => text.replaceAll(`"${schema}".`, '').replaceAll(`${schema}.`, '');
  return new Map(rows.map(({ part, text }) => [plain(part), plain(text)]));
}

/** What is missing, what is more, and what is other than expected; a sentence each. */
export function differences(table: string, actual: TableDescription, expected: TableDescription): string[] {
  const parts = new Set([...expected.keys(), ...actual.keys()]);
  return [...parts].flatMap((part) => {
    const [is, should] = [actual.get(part), expected.get(part)];
    if (is === should) return [];
    if (is === undefined) return [`${table}: ${part} is missing (${should})`];
    if (should === undefined) return [`${table}: ${part} is not expected (${is})`];
    return [`${table}: ${part} is "${is}", expected "${should}"`];
  });
}
