/**
 * Filters as the server reads them (docs/filters.md), written from what a page knows. Only written here: what one means is
 * for the server to say.
 */

/** What needs no quotes: no operator, no range, no space. */
const PLAIN = /^[\p{L}\p{N}_](?!.*\.\.)[\p{L}\p{N}_.:+-]*$/u;

/** @returns a value of a term, in quotes where it has to be, whatever is in it */
const filterValue = (text: string): string =>
  PLAIN.test(text) ? text : `"${text.replace(/[\\"]/g, '\\$&')}"`;

/** @returns such as `tag:beta` */
export const term = (key: string, value: string): string => `${key}:${filterValue(value)}`;

/** @returns one filter, of which each part must hold; empty parts are left out */
export function all(...parts: readonly (string | undefined)[]): string {
  const given = parts.map((part) => part?.trim() ?? '').filter((part) => part !== '');
  return given.map((part) => (given.length > 1 && hasAlternatives(part) ? `(${part})` : part)).join(' ');
}

/** @returns one filter, of which one part must hold */
export const any = (parts: readonly string[]): string => parts.join(' OR ');

/** A text with OR in quotes gets parentheses, too, which change nothing. */
const hasAlternatives = (part: string): boolean => /(^|\s|\))OR($|\s|\()/.test(part);

/** @returns where the server found the fault in a filter, from 0; null when it says no place */
export function placeOfFault(detail: string): number | null {
  const [, place] = /^At character (\d+) /.exec(detail) ?? [];
  return place === undefined ? null : Number(place) - 1;
}
