/** ISO 8601: a date, or a time with its zone. A `+` that a query has turned into a space is taken for what it was. */
const TIME = /^(\d{4})-(\d{2})-(\d{2})(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+ -]\d{2}:\d{2}))?$/;

/** Reads a time as an interface takes it; a date is its first moment in UTC. @returns null for what is none */
export function parseTime(text: string): Date | null {
  const [, year, month, day] = TIME.exec(text) ?? [];
  if (year === undefined) return null;
  const midnight = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day)));
  const time = new Date(text.replace(' ', '+'));
  // JavaScript takes the 30th of February for the 2nd of March.
  return midnight.getUTCDate() === Number(day) && !Number.isNaN(time.getTime()) ? time : null;
}
