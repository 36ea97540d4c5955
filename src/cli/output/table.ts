import Table from 'cli-table3';
import stringWidth from 'string-width';
import { printable } from './format.js';

export interface Column<Row> {
  readonly title: string;
  readonly cell: (row: Row) => string | number;
  readonly align?: 'left' | 'right';
}

const GAP = '  ';
/** No column gets narrower than this while another one is wider. */
const NARROWEST = 6;

/**
 * Rows under their titles, in lines of at most `width` characters; what does not fit ends in an ellipsis. A column with
 * nothing in it is left out.
 */
export function renderTable<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  width: number,
): string {
  const used = columns.filter(({ cell }) => rows.some((row) => cell(row) !== ''));
  const cells = rows.map((row) => used.map(({ cell }) => printable(String(cell(row)))));
  return renderCells([used.map(({ title }) => title), ...cells], used, width);
}

/** Names and what they stand for, one a line. */
export function renderFacts(facts: readonly (readonly [string, string | number])[], width: number): string {
  const cells = facts.map(([name, value]) => [name, printable(String(value))]);
  return renderCells(cells, [{}, {}], width);
}

function renderCells(
  cells: readonly (readonly string[])[],
  columns: readonly { readonly align?: 'left' | 'right' }[],
  width: number,
): string {
  const natural = columns.map((_, i) => Math.max(...cells.map((row) => stringWidth(row[i] ?? ''))));
  const widths = fitWidths(natural, width - GAP.length * (columns.length - 1));
  const table = new Table({
    chars: NO_LINES,
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [], compact: true },
    colWidths: widths,
    colAligns: columns.map(({ align }) => align ?? 'left'),
  });
  table.push(...cells.map((row) => [...row]));
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}

/**
 * Narrows the widest columns until all fit, never below {@link NARROWEST} while there is another way.
 * @returns the width of each column, at least 1
 */
export function fitWidths(natural: readonly number[], available: number): number[] {
  const widths = natural.map((width) => Math.max(width, 1));
  let excess = widths.reduce((sum, width) => sum + width, 0) - available;
  while (excess > 0) {
    const widest = Math.max(...widths);
    if (widest <= NARROWEST) break;
    widths[widths.lastIndexOf(widest)] = widest - 1;
    excess--;
  }
  return widths;
}

const NO_LINES = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: GAP,
};
