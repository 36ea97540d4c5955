import type { NewEvent } from './new-event.js';

/**
 * Events of one transaction share a row, which costs a report a third of what a row of its own does. Its id is that of its
 * last event; those before count down from it.
 */
export const EVENTS_IN_ROW = 1_024;

/** The type of a row that several events share. Its data is their list as one text, which PostgreSQL need not take apart. */
const SHARED = 'shared';

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

/** The events of the rows that a condition on (place, id) selects, each with a place of its own. */
export const eventsOf = (condition: string): string => `
  (SELECT place, id - jsonb_array_length(list) + nth AS id, at, one ->> 0 AS type, one ->> 1 AS entity, one -> 2 AS data
     FROM event,
          LATERAL (SELECT CASE WHEN type = '${SHARED}' THEN (data #>> '{}')::jsonb
                               ELSE jsonb_build_array(jsonb_build_array(type, entity, data)) END AS list
                   -- Otherwise a list would be taken apart again for each of its events.
                   OFFSET 0) AS lists,
          LATERAL jsonb_array_elements(list) WITH ORDINALITY AS element (one, nth)
    WHERE ${condition})`;
