import { useVirtualizer } from '@tanstack/react-virtual';
import { memo, useEffect, useRef, useState, type KeyboardEvent, type ReactNode } from 'react';
import { classes } from './classes';

export interface TableColumn<Row> {
  readonly key: string;
  readonly title: ReactNode;
  /** Of a grid: `160px`, `minmax(120px, 1fr)`. */
  readonly width: string;
  readonly cell: (row: Row) => ReactNode;
  /** What the title does when it is pressed: it sorts. */
  readonly onSort?: () => void;
  readonly sorted?: 'ascending' | 'descending';
}

interface VirtualTableProps<Row> {
  /** What the table is a list of. */
  readonly label: string;
  /** How many rows there are in all; the row of an index may not be loaded yet. */
  readonly total: number;
  readonly rowAt: (index: number) => Row | undefined;
  /** Stable between renders. */
  readonly columns: readonly TableColumn<Row>[];
  readonly keyOf: (row: Row) => string | number;
  /** Where a row leads. Rows are plain links: one handler for all of them follows it. */
  readonly hrefOf: (row: Row) => string;
  readonly onOpen: (href: string) => void;
  readonly selected?: Pick<ReadonlySet<string | number>, 'has'>;
  readonly onSelect?: (key: string | number) => void;
  /** Tells which rows are on the screen, so that they are loaded. */
  readonly onRange?: (first: number, last: number) => void;
  /** Instead of the cells, where there is no room for columns. */
  readonly card: (row: Row) => ReactNode;
}

const ROW = 34;
const CARD = 60;
const PHONE = '(max-width: 767px)';
/** Rows above and below what is seen. */
const OVERSCAN = 10;

/**
 * A list of any length of which only what is seen is on the page. Keys, when it has the focus: j and k or the arrows, Home
 * and End, x selects, Enter opens.
 */
export function VirtualTable<Row>(props: VirtualTableProps<Row>) {
  const { label, total, rowAt, columns, keyOf, hrefOf, onOpen, selected, onSelect, onRange, card } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const [cursor, setCursor] = useState(-1);
  const isPhone = useMedia(PHONE);
  const height = isPhone ? CARD : ROW;
  const virtualizer = useVirtualizer({
    count: total,
    getScrollElement: () => scroller.current,
    estimateSize: () => height,
    overscan: OVERSCAN,
  });
  const measured = useRef(height);
  useEffect(() => {
    // Not at the beginning, when each of ten thousand rows has just been looked at.
    if (measured.current !== height) virtualizer.measure();
    measured.current = height;
  }, [height, virtualizer]);
  const items = virtualizer.getVirtualItems();
  const first = items[0]?.index ?? 0;
  const last = items.at(-1)?.index ?? 0;
  useEffect(() => onRange?.(first, last), [first, last, onRange]);
  const slots = Math.ceil((virtualizer.scrollRect?.height ?? 0) / height) + 1 + 2 * OVERSCAN;
  const inSlots = useSlots(items, slots, virtualizer.isScrolling);

  const template = `${onSelect ? '36px ' : ''}${columns.map(({ width }) => width).join(' ')}`;

  const move = (to: number): void => {
    const next = Math.max(0, Math.min(total - 1, to));
    setCursor(next);
    virtualizer.scrollToIndex(next);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const page = Math.max(1, Math.floor((scroller.current?.clientHeight ?? 0) / height) - 1);
    const row = rowAt(cursor);
    const act: Readonly<Record<string, () => void>> = {
      j: () => move(cursor + 1),
      ArrowDown: () => move(cursor + 1),
      k: () => move(cursor - 1),
      ArrowUp: () => move(cursor - 1),
      PageDown: () => move(cursor + page),
      PageUp: () => move(cursor - page),
      Home: () => move(0),
      End: () => move(total - 1),
      ...(row !== undefined && { Enter: () => onOpen(hrefOf(row)) }),
      ...(row !== undefined && onSelect && { x: () => onSelect(keyOf(row)) }),
    };
    const action = act[event.key];
    if (!action || event.target !== event.currentTarget) return;
    event.preventDefault();
    action();
  };

  return (
    <div className="flex min-h-0 flex-1 flex-col">
      <div
        ref={scroller}
        role="table"
        aria-label={label}
        aria-rowcount={total + 1}
        tabIndex={0}
        onKeyDown={onKeyDown}
        onFocus={() => setCursor((at) => Math.max(at, 0))}
        className="group/table relative min-h-0 flex-1 overflow-auto bg-panel -outline-offset-2"
      >
        {!isPhone && (
          <div
            role="row"
            aria-rowindex={1}
            style={{ gridTemplateColumns: template }}
            className="sticky top-0 z-1 grid h-8 md:min-w-[760px] items-center border-b border-line bg-panel px-4 text-sm font-medium text-ink-2 md:px-6"
          >
            {onSelect && (
              <span role="columnheader">
                <span className="unseen">Selected</span>
              </span>
            )}
            {columns.map(({ key, title, onSort, sorted }) => (
              <span key={key} role="columnheader" aria-sort={sorted ?? undefined} className="truncate pr-3">
                {onSort ? (
                  <button type="button" onClick={onSort} className="hover:text-ink">
                    {title} {sorted === 'ascending' ? '↑' : sorted === 'descending' ? '↓' : ''}
                  </button>
                ) : (
                  title
                )}
              </span>
            ))}
          </div>
        )}
        <div
          role="rowgroup"
          className="relative md:min-w-[760px]"
          style={{ height: virtualizer.getTotalSize() }}
        >
          {inSlots.map(({ index, start }) => {
            const row = rowAt(index);
            const key = row === undefined ? index : keyOf(row);
            return (
              <TableRow
                key={index % slots}
                index={index}
                start={start}
                height={height}
                template={template}
                row={row}
                columns={columns as readonly TableColumn<unknown>[]}
                href={row === undefined ? undefined : hrefOf(row)}
                card={isPhone ? (card as (row: unknown) => ReactNode) : undefined}
                isCurrent={index === cursor}
                isSelected={selected?.has(key)}
                onSelect={onSelect}
                selectKey={key}
                onOpen={onOpen}
              />
            );
          })}
        </div>
      </div>
    </div>
  );
}

interface TableRowProps {
  readonly index: number;
  readonly start: number;
  readonly height: number;
  readonly template: string;
  readonly row: unknown;
  readonly columns: readonly TableColumn<unknown>[];
  readonly href: string | undefined;
  readonly card: ((row: unknown) => ReactNode) | undefined;
  readonly isCurrent: boolean;
  readonly isSelected: boolean | undefined;
  readonly onSelect: ((key: string | number) => void) | undefined;
  readonly selectKey: string | number;
  readonly onOpen: (href: string) => void;
}

/** Drawn again only when something of it has changed: a thousand rows pass while one scrolls. */
const TableRow = memo(function TableRow(props: TableRowProps) {
  const { index, start, height, template, row, columns, href, card, isCurrent, isSelected, onSelect } = props;
  return (
    <div
      role="row"
      aria-rowindex={index + 2}
      aria-selected={isSelected}
      style={{ transform: `translateY(${start}px)`, height, gridTemplateColumns: card ? '1fr' : template }}
      className={classes(
        'absolute inset-x-0 top-0 grid md:min-w-[760px] items-center border-b border-line px-4 text-sm md:px-6',
        isSelected && 'bg-tint',
        isCurrent &&
          'group-focus-visible/table:bg-sunken group-focus-visible/table:shadow-[inset_3px_0_0_var(--accent)]',
        !isSelected && 'hover:bg-sunken/60',
      )}
    >
      {onSelect && !card && (
        <span role="cell" className="relative z-1 flex">
          {/* Of another row it is another one: who has pressed it and scrolls on does not press that of another row. */}
          <input
            key={index}
            type="checkbox"
            tabIndex={-1}
            aria-label="Select"
            checked={isSelected === true}
            disabled={row === undefined}
            onChange={() => onSelect(props.selectKey)}
            className="size-3.5 accent-accent"
          />
        </span>
      )}
      {row === undefined ? (
        <span role="cell" className="h-3 w-40 rounded bg-sunken" />
      ) : card ? (
        <span role="cell" className="min-w-0">
          <RowLink href={href} onOpen={props.onOpen}>
            {card(row)}
          </RowLink>
        </span>
      ) : (
        columns.map(({ key, cell }, at) => (
          <span key={key} role="cell" className="min-w-0 truncate pr-3 text-ink-2">
            {at === 0 ? (
              <RowLink href={href} onOpen={props.onOpen}>
                {cell(row)}
              </RowLink>
            ) : (
              cell(row)
            )}
          </span>
        ))
      )}
    </div>
  );
});

/** A plain link, so that it opens in a new tab as any other; its press is as large as the row. */
function RowLink({
  href,
  onOpen,
  children,
}: {
  readonly href: string | undefined;
  readonly onOpen: (href: string) => void;
  readonly children: ReactNode;
}) {
  return (
    <a
      href={href}
      tabIndex={-1}
      className="text-ink after:absolute after:inset-0"
      onClick={(event) => {
        if (href === undefined || event.ctrlKey || event.metaKey || event.shiftKey) return;
        event.preventDefault();
        onOpen(href);
      }}
    >
      {children}
    </a>
  );
}

/**
 * A row that comes into sight is written over one that has left, which takes less than a new one: both have the same key, their
 * index modulo the slots. While the list scrolls, none moves in the document; when it rests, they stand in the order in which
 * a screen reader reads them.
 * @param slots at least as many as there are items
 * @returns the items in the order of the document
 */
function useSlots<Item extends { readonly index: number }>(
  items: readonly Item[],
  slots: number,
  isScrolling: boolean,
): readonly Item[] {
  const first = items[0]?.index ?? 0;
  const firstAtRest = useRef(first);
  useEffect(() => {
    if (!isScrolling) firstAtRest.current = first;
  });
  const base = isScrolling ? firstAtRest.current : first;
  const placeOf = ({ index }: Item): number => (((index - base) % slots) + slots) % slots;
  return [...items].sort((one, other) => placeOf(one) - placeOf(other));
}

function useMedia(query: string): boolean {
  const [matches, setMatches] = useState(() => matchMedia(query).matches);
  useEffect(() => {
    const list = matchMedia(query);
    const change = (): void => setMatches(list.matches);
    list.addEventListener('change', change);
    return () => list.removeEventListener('change', change);
  }, [query]);
  return matches;
}
