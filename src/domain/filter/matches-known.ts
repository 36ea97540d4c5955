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
    case 'id':
    case 'idEnds':
    case 'seen':
      return null;
    case 'text':
      if (filter.field === 'status' || filter.field === 'identity') return null;
      break;
    case 'attribute':
    case 'attributeRange':
      if (!known.attributes.has(filter.key)) return null;
      break;
    case 'begins':
      if (filter.ids.length > 0 && !isNamed(filter, known)) return null;
      break;
    default:
      break;
  }
  return matches(filter, { ...known, ...UNKNOWN }, 0);
}

const isNamed = (filter: Extract<ResolvedFilter, { kind: 'begins' }>, known: KnownOfDevices): boolean =>
  matches({ ...filter, ids: [] }, { ...known, ...UNKNOWN }, 0);

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
