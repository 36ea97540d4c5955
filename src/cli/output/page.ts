import type { Answer } from '../api/api-client.js';
import { whole } from './format.js';
import type { Output } from './output.js';
import { renderTable, type Column } from './table.js';

/** Renders one page of a list and the total number of rows. */
export function renderPage<Row>(
  rows: readonly Row[],
  { total }: Pick<Answer<unknown>, 'total'>,
  columns: readonly Column<Row>[],
  { width, style }: Output,
  whenEmpty: string,
): string {
  if (rows.length === 0) return total ? `No rows on this page; the list has ${whole(total)}.` : whenEmpty;
  const table = renderTable(rows, columns, width, style);
  const isAll = total === undefined || total <= rows.length;
  return isAll
    ? table
    : `${table}\n\n${whole(rows.length)} of ${whole(total)} rows. Use --skip and --limit for others, or --all.`;
}
