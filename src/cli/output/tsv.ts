const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' };

/**
 * Renders rows as tab-separated values with a header line. null is empty; tabs, line breaks and backslashes in a value
 * are written as \t, \n, \r and \\.
 * @param fields the fields and their order; undefined: the fields of the first row that hold a single value
 */
export function renderTsv(rows: readonly unknown[], fields: readonly string[] | undefined): string {
  const records = rows as readonly Readonly<Record<string, unknown>>[];
  const names =
    fields ?? Object.keys(records[0] ?? {}).filter((name) => typeof records[0]?.[name] !== 'object');
  const lines = records.map((record) => names.map((name) => cell(record[name])));
  return [names, ...lines].map((line) => line.join('\t')).join('\n');
}

function cell(value: unknown): string {
  if (value === null || value === undefined) return '';
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.replace(/[\\\t\n\r]/g, (c) => ESCAPES[c] ?? c);
}
