/**
 * A place in the order of all events: readers take what is behind it. Those of one entity stand in the order in which
 * they happened, and none is ever added before a place that was read. docs/decisions/0014-events.md
 */
export interface EventPlace {
  readonly place: number;
  readonly id: number;
}

/** A negative number when the first is earlier. */
export const comparePlaces = (one: EventPlace, other: EventPlace): number =>
  one.place - other.place || one.id - other.id;

/** How long ago a reader may have been at a place to continue from it. */
const RESUME_SECONDS = 3600;
/** Clocks of servers may differ. */
const AHEAD_SECONDS = 60;
const FORM = /^(\d{1,16})-(\d{1,16})-(\d{1,11})$/;

/** The id of a server-sent event: the place, and when everything up to it had been sent. */
export const formatCursor = ({ place, id }: EventPlace, at: Date): string =>
  `${place}-${id}-${Math.floor(at.getTime() / 1000)}`;

/** @returns the place to continue from; null when it is malformed, or too long ago */
export function parseCursor(text: string, now: Date): EventPlace | null {
  const [, place, id, seconds] = FORM.exec(text) ?? [];
  const age = now.getTime() / 1000 - Number(seconds);
  if (!(age <= RESUME_SECONDS && age >= -AHEAD_SECONDS)) return null;
  const found = { place: Number(place), id: Number(id) };
  return Number.isSafeInteger(found.place) && Number.isSafeInteger(found.id) ? found : null;
}
