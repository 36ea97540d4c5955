import { whole } from './format.js';
import { renderTable, type Column } from './table.js';

/** One page of a list, and how much more there is. */
export function renderPage<Row>(
  rows: readonly Row[],
  total: number | undefined,
  columns: readonly Column<Row>[],
  width: number,
  whenEmpty: string,
): string {
  if (rows.length === 0) return whenEmpty;
  const table = renderTable(rows, columns, width);
  const isAll = total === undefined || total <= rows.length;
  return isAll
    ? table
    : `${table}\n\n${whole(rows.length)} of ${whole(total)}; --skip and --limit show others.`;
}
