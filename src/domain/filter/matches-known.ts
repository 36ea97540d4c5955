import type { ResolvedFilter } from './filter.js';
import { matches, type FilterableDevice } from './matches.js';

/** What is the same for many devices: what they run, and what operators say of them. */
export type KnownOfDevices = Pick<
  FilterableDevice,
  'name' | 'deviceType' | 'version' | 'build' | 'channel' | 'tags' | 'groups'
> & {
  /** Those of operators, which hold whatever a device says of itself. */
  readonly attributes: FilterableDevice['attributes'];
};

/** Never looked at: what asks for it is not answered here. */
const UNKNOWN = { id: NaN, status: 'unknown', identity: '', lastSeenAt: NaN } as const;

/**
 * Whether a filter selects devices of which no more is known than this.
 * @returns null when it depends on the device
 */
export function matchesKnown(filter: ResolvedFilter, known: KnownOfDevices): boolean | null {
  switch (filter.kind) {
    case 'all':
      return every(filter.of, (part) => matchesKnown(part, known));
    case 'any':
      return negated(every(filter.of, (part) => negated(matchesKnown(part, known))));
    case 'not':
      return negated(matchesKnown(filter.of, known));
    case 'attribute':
    case 'attributeRange':
      if (!known.attributes.has(filter.key)) return null;
      break;
    default:
      if (isOfEach(filter) && !isNamed(filter, known)) return null;
      break;
  }
  return matches(filter, { ...known, ...UNKNOWN }, 0);
}

/**
 * On which attributes it depends whether a filter selects devices of which the same is known.
 * @returns their keys; null when it depends on more than those, such as the id
 */
export function decidingAttributes(filter: ResolvedFilter): readonly string[] | null {
  switch (filter.kind) {
    case 'all':
    case 'any':
      return together(filter.of.map(decidingAttributes));
    case 'not':
      return decidingAttributes(filter.of);
    case 'attribute':
    case 'attributeRange':
      return [filter.key];
    default:
      return isOfEach(filter) ? null : [];
  }
}

/** All keys, each once. @returns null when one of the lists is */
export function together(lists: readonly (readonly string[] | null)[]): readonly string[] | null {
  const keys = new Set<string>();
  for (const list of lists) {
    if (list === null) return null;
    for (const key of list) keys.add(key);
  }
  return [...keys];
}

/** Whether a term asks for what each device has for itself, beside its attributes. */
function isOfEach(term: ResolvedFilter): boolean {
  switch (term.kind) {
    case 'id':
    case 'idEnds':
    case 'seen':
      return true;
    case 'text':
      return term.field === 'status' || term.field === 'identity';
    case 'begins':
      return term.ids.length > 0;
    default:
      return false;
  }
}

/** By its beginning alone, whatever the id is. */
const isNamed = (term: ResolvedFilter, known: KnownOfDevices): boolean =>
  term.kind === 'begins' && matches({ ...term, ids: [] }, { ...known, ...UNKNOWN }, 0);

const negated = (answer: boolean | null): boolean | null => (answer === null ? null : !answer);

/** false when one is, whatever the others are. */
function every<T>(parts: readonly T[], answerOf: (part: T) => boolean | null): boolean | null {
  let isOpen = false;
  for (const part of parts) {
    const answer = answerOf(part);
    if (answer === false) return false;
    isOpen ||= answer === null;
  }
  return isOpen ? null : true;
}
