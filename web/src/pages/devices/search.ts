import { all, any, term } from '../../filter';
import { textSearch, type TextSearch } from '../../search';

/**
 * `q` is a filter as somebody wrote it, `status` has names with commas between them; the others are values of one term each,
 * so that other pages lead here without writing a filter.
 */
const FACETS = ['type', 'version', 'group', 'tag'] as const;

export const search = textSearch('q', 'sort', 'status', ...FACETS);

export type DevicesSearch = TextSearch<'q' | 'sort' | 'status' | (typeof FACETS)[number]>;

/** What stands beside the filter that was written, as terms. */
export const facetsOf = (given: DevicesSearch): { readonly key: (typeof FACETS)[number]; value: string }[] =>
  FACETS.flatMap((key) => {
    const value = given[key];
    return value === undefined ? [] : [{ key, value }];
  });

export const statusesOf = ({ status }: DevicesSearch): readonly string[] => status?.split(',') ?? [];

/** @returns the filter of the page without its statuses, which are counted under it */
export const filterWithoutStatus = (given: DevicesSearch): string =>
  all(given.q, ...facetsOf(given).map(({ key, value }) => term(key, value)));

/** @returns the filter that finds exactly what the page lists */
export const filterOfSearch = (given: DevicesSearch): string =>
  all(filterWithoutStatus(given), any(statusesOf(given).map((status) => term('status', status))));
