import { useQueries, useQuery } from '@tanstack/react-query';
import { useCallback, useEffect, useState } from 'react';
import { asProblem, type Problem } from '../../api/problem';
import { devicePartQuery, type Device } from '../../api/queries/devices';

/** Rows that are read at once. */
const PART = 200;
/** More are not scrolled through: the server would have to pass over all rows before. */
export const MOST_ROWS = 10_000;

interface Held {
  readonly key: string;
  readonly total: number;
  readonly parts: ReadonlyMap<number, readonly Device[]>;
}

export interface DeviceRows {
  /** How many match; null until it is known. */
  readonly total: number | null;
  readonly rowAt: (index: number) => Device | undefined;
  readonly onRange: (first: number, last: number) => void;
  /** Devices that belong on the page now, and are shown when somebody asks for it: rows do not move by themselves. */
  readonly waiting: number;
  readonly showWaiting: () => void;
  readonly problem: Problem | null;
}

/** The rows of the table, read as they come into sight. Those of the list before stay until the first of the new are there. */
export function useDeviceRows(q: string, sort: string): DeviceRows {
  const key = `${sort} ${q}`;
  const [range, setRange] = useState({ first: 0, last: 0 });
  const [order] = useState(() => new Order());
  const [shownAgain, setShownAgain] = useState(0);
  const [held, setHeld] = useState<Held | null>(null);

  const numbers: number[] = [];
  for (let part = range.first; part <= range.last; part += 1) numbers.push(part);
  const results = useQueries({
    queries: numbers.map((part) => devicePartQuery({ q, sort, skip: part * PART, limit: PART })),
  });
  const head = useQuery(devicePartQuery({ q, sort, skip: 0, limit: PART }));
  const isOf = `${key} ${shownAgain}`;
  const parts = new Map<number, readonly Device[]>();
  let waiting = 0;
  results.forEach(({ data }, at) => {
    const part = numbers[at];
    if (!data || part === undefined) return;
    const kept = order.keep(isOf, part, data.rows);
    parts.set(part, kept.rows);
    waiting += kept.waiting;
  });
  const known = results.find(({ data }) => data)?.data ?? head.data;
  const total = known?.total ?? null;
  const current: Held | null = total === null ? null : { key, total, parts };
  const stamp = `${isOf} ${[...results.map((result) => result.dataUpdatedAt), head.dataUpdatedAt].join()}`;
  useEffect(() => {
    if (current) setHeld(current);
    // What it is made of has changed when its stamp has.
  }, [stamp]);

  const shown = current ?? held;
  const onRange = useCallback((first: number, last: number) => {
    const next = { first: Math.floor(first / PART), last: Math.floor(last / PART) };
    setRange((now) => (now.first === next.first && now.last === next.last ? now : next));
  }, []);
  const fault = [...results, head].find(({ error }) => error)?.error;
  return {
    total: shown?.total ?? null,
    rowAt: (index) => shown?.parts.get(Math.floor(index / PART))?.[index % PART],
    onRange,
    waiting,
    showWaiting: () => setShownAgain((times) => times + 1),
    problem: fault ? asProblem(fault) : null,
  };
}

/** Keeps rows where they were first shown while what they say changes. */
class Order {
  private of = '';
  private readonly parts = new Map<number, readonly Device[]>();

  /** @param of another list begins anew */
  keep(of: string, part: number, fresh: readonly Device[]): { rows: readonly Device[]; waiting: number } {
    if (of !== this.of) this.parts.clear();
    this.of = of;
    const before = this.parts.get(part) ?? [];
    const now = new Map(fresh.map((row) => [row.device_id, row]));
    const stayed = before.map((row) => now.get(row.device_id) ?? row);
    for (const { device_id } of before) now.delete(device_id);
    const isNew = before.length === 0;
    // What comes below the last row moves none.
    const room = isNew ? PART : Math.max(0, fresh.length - before.length);
    const added = [...now.values()];
    const rows = [...stayed, ...added.slice(0, room)];
    this.parts.set(part, rows);
    return { rows, waiting: Math.max(0, added.length - room) };
  }
}
