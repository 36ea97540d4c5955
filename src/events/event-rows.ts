import type { NewEvent } from './new-event.js';

/**
 * Events of one transaction share a row, which costs a report a third of what a row of its own does. Its id is that of its
 * last event; those before count down from it.
 */
export const EVENTS_IN_ROW = 1_024;

/** The type of a row that several events share. Its data is their list as one text, which PostgreSQL need not take apart. */
export const SHARED = 'shared';

export interface EventRow {
  readonly type: string;
  readonly entity: string;
  /** JSON. */
  readonly data: string;
}

/** In order. */
export function rowsOf(events: readonly NewEvent[]): EventRow[] {
  const rows: EventRow[] = [];
  for (let begin = 0; begin < events.length; begin += EVENTS_IN_ROW)
    rows.push(rowOf(events.slice(begin, begin + EVENTS_IN_ROW)));
  return rows;
}

function rowOf(events: readonly NewEvent[]): EventRow {
  const [only] = events;
  if (only && events.length === 1) return { ...only, data: JSON.stringify(only.data) };
  const all = JSON.stringify(events.map(({ type, entity, data }) => [type, entity, data]));
  return { type: SHARED, entity: '', data: JSON.stringify(all) };
}
