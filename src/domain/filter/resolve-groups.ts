import { NOTHING, type Filter, type ResolvedFilter } from './filter.js';

/** What a group stands for: those that were put into it, or those that its own filter finds. */
export type GroupContent =
  | { readonly kind: 'members'; readonly groupId: number }
  | { readonly kind: 'filter'; readonly filter: ResolvedFilter };

/** The names of all groups that a filter names, folded; each once. */
export function groupNamesIn(filter: Filter): string[] {
  const names = new Set<string>();
  const visit = (part: Filter): void => {
    if (part.kind === 'group') names.add(part.name);
    else if (part.kind === 'not') visit(part.of);
    else if (part.kind === 'all' || part.kind === 'any') part.of.forEach(visit);
  };
  visit(filter);
  return [...names];
}

/** @param contentOf by the folded name; undefined: no group has it, so no device is in it */
export function resolveGroups(
  filter: Filter,
  contentOf: (name: string) => GroupContent | undefined,
): ResolvedFilter {
  switch (filter.kind) {
    case 'all':
    case 'any':
      return { kind: filter.kind, of: filter.of.map((part) => resolveGroups(part, contentOf)) };
    case 'not':
      return { kind: 'not', of: resolveGroups(filter.of, contentOf) };
    case 'group': {
      const content = contentOf(filter.name);
      if (!content) return NOTHING;
      return content.kind === 'filter' ? content.filter : { kind: 'member', groupId: content.groupId };
    }
    default:
      return filter;
  }
}
