import { NOTHING, type Filter, type GroupTerm, type ResolvedFilter } from './filter.js';

/** Of a filter with the groups that it names: what evaluating it may cost. */
export const MAX_RESOLVED_TERMS = 200;

export function termCount(filter: ResolvedFilter): number {
  switch (filter.kind) {
    case 'all':
    case 'any':
      return filter.of.reduce((count, part) => count + termCount(part), 0);
    case 'not':
      return termCount(filter.of);
    default:
      return 1;
  }
}

/** The terms of a filter that name groups, as they stand in it. */
export function groupTermsOf(filter: Filter): readonly GroupTerm[] {
  switch (filter.kind) {
    case 'all':
    case 'any':
      return filter.of.flatMap(groupTermsOf);
    case 'not':
      return groupTermsOf(filter.of);
    case 'group':
      return [filter];
    default:
      return [];
  }
}

/**
 * Puts what each group stands for in the place of its name: its members, or what its own filter finds.
 * @param contentOf by the folded name; undefined: no group has it, so no device is in it
 */
export function resolveGroups(
  filter: Filter,
  contentOf: (name: string) => ResolvedFilter | undefined,
): ResolvedFilter {
  switch (filter.kind) {
    case 'all':
    case 'any':
      return { kind: filter.kind, of: filter.of.map((part) => resolveGroups(part, contentOf)) };
    case 'not':
      return { kind: 'not', of: resolveGroups(filter.of, contentOf) };
    case 'group':
      return contentOf(filter.name) ?? NOTHING;
    default:
      return filter;
  }
}
