import { PLAIN, type Style, type StyleName } from './style.js';
import { displayWidth, printable, truncate, wrap } from './text.js';

export interface Column<Row> {
  readonly title: string;
  readonly cell: (row: Row) => string | number;
  readonly align?: 'left' | 'right';
  readonly style?: (row: Row) => StyleName | null;
  /** Minimum width to which the column may be cut; a column without it keeps its width as long as possible. */
  readonly least?: number;
  /** If the table is too wide, columns with the highest number are left out first; a column without one stays. */
  readonly leaveOut?: number;
}

const GAP = '  ';
/** As a last resort, columns are narrowed down to this width. */
const NARROWEST = 6;

interface Sized<Row> {
  readonly column: Column<Row>;
  readonly cells: readonly string[];
  readonly natural: number;
  readonly least: number;
}

/**
 * Renders rows under column titles, in lines of at most `width` characters. If the table is too wide, the least important
 * columns are left out, and then texts are cut with an ellipsis. Empty columns are left out.
 */
export function renderTable<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  width: number,
  style: Style = PLAIN,
): string {
  const used = columns.filter(({ cell }) => rows.some((row) => cell(row) !== ''));
  const shown = leaveOut(
    used.map((column) => sized(column, rows)),
    width,
  );
  const widths = fitWidths(shown, width - GAP.length * (shown.length - 1));
  const titles = shown.map(({ column }, i) => fitted(column.title, widths[i] ?? 1, column.align));
  const lines = rows.map((row, y) =>
    shown.map(({ column, cells }, i) => {
      const text = fitted(cells[y] ?? '', widths[i] ?? 1, column.align);
      const name = column.style?.(row);
      return name ? styled(style, name, text) : text;
    }),
  );
  return [titles.map((title) => styled(style, 'bold', title)), ...lines].map(joined).join('\n');
}

/** Renders names and values, one per line; a value that does not fit continues on the next line. */
export function renderFacts(
  facts: readonly (readonly [string, string | number])[],
  width: number,
  style: Style = PLAIN,
): string {
  const names = Math.max(...facts.map(([name]) => displayWidth(name)));
  const room = Math.max(width - names - GAP.length, NARROWEST);
  return facts
    .flatMap(([name, value]) =>
      String(value)
        .split('\n')
        .flatMap((line) => wrap(printable(line), room))
        .map((line, i) => {
          const label = fitted(i === 0 ? name : '', names, 'left');
          return joined([styled(style, 'bold', label), line]);
        }),
    )
    .join('\n');
}

function sized<Row>(column: Column<Row>, rows: readonly Row[]): Sized<Row> {
  const cells = rows.map((row) => printable(String(column.cell(row))));
  const natural = Math.max(displayWidth(column.title), ...cells.map(displayWidth), 1);
  return { column, cells, natural, least: Math.min(column.least ?? natural, natural) };
}

function leaveOut<Row>(columns: readonly Sized<Row>[], width: number): readonly Sized<Row>[] {
  const needed = columns.reduce((sum, { least }) => sum + least + GAP.length, -GAP.length);
  const ranks = columns.map(({ column }) => column.leaveOut ?? 0);
  const highest = Math.max(...ranks);
  if (needed <= width || highest === 0) return columns;
  return leaveOut(
    columns.filter((_, i) => ranks[i] !== highest),
    width,
  );
}

/** The natural and the minimum width of a column. */
interface Needs {
  readonly natural: number;
  readonly least: number;
}

/**
 * Narrows the widest columns until all fit: first down to their minimum widths, then, if that is not enough, down to
 * {@link NARROWEST}.
 * @returns the width of each column
 */
export function fitWidths(columns: readonly Needs[], available: number): number[] {
  const widths = columns.map(({ natural }) => natural);
  let excess = widths.reduce((sum, width) => sum + width, 0) - available;
  for (const floors of [columns.map(({ least }) => least), columns.map(() => NARROWEST)]) {
    while (excess > 0) {
      const slack = widths.map((width, i) => (width > (floors[i] ?? 0) ? width : 0));
      const widest = Math.max(0, ...slack);
      if (widest === 0) break;
      widths[slack.lastIndexOf(widest)] = widest - 1;
      excess--;
    }
  }
  return widths;
}

function fitted(text: string, width: number, align: Column<never>['align']): string {
  const cut = truncate(text, width);
  const padding = ' '.repeat(Math.max(0, width - displayWidth(cut)));
  return align === 'right' ? padding + cut : cut + padding;
}

/** Does not style the padding, so that it can be trimmed. */
function styled(style: Style, name: StyleName, text: string): string {
  const core = text.trim();
  return core === '' ? text : text.replace(core, () => style(name, core));
}

const joined = (cells: readonly string[]): string => cells.join(GAP).trimEnd();
