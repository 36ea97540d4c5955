import type { Attribute } from '../device-facts.js';
import { foldName, type ResolvedFilter } from './filter.js';
import { isEqual, isInRange } from './matches.js';

type AttributeTerm = Extract<ResolvedFilter, { readonly kind: 'attribute' | 'attributeRange' }>;

/** What filters ask of devices that only operators say: what a device says itself is not among that. */
export interface AskedFacts {
  readonly tags: ReadonlySet<string>;
  readonly channels: ReadonlySet<string>;
  /** With which names begin, folded. */
  readonly names: ReadonlySet<string>;
  /** Ids of groups with members. */
  readonly groups: ReadonlySet<number>;
  /** What is asked of attributes, by their keys and then by the terms as text. */
  readonly attributes: ReadonlyMap<string, ReadonlyMap<string, AttributeTerm>>;
  /** Keys of attributes that are asked for as they are. */
  readonly values: ReadonlySet<string>;
}

/** What operators say of a device, as far as targets ask it. */
export interface TargetFacts {
  readonly tags: readonly string[];
  readonly channel: string;
  readonly name: string | null;
  readonly groups: readonly number[];
  readonly attributes: Readonly<Record<string, Attribute>>;
}

const USUAL_CHANNEL = 'stable';

/** Of a device of which operators say nothing. */
export const NOTHING_SAID: TargetFacts = {
  tags: [],
  channel: USUAL_CHANNEL,
  name: null,
  groups: [],
  attributes: {},
};

/** @param values keys of attributes that somebody needs as they are */
export function askedFacts(filters: Iterable<ResolvedFilter>, values: Iterable<string> = []): AskedFacts {
  const asked = {
    tags: new Set<string>(),
    channels: new Set<string>(),
    names: new Set<string>(),
    groups: new Set<number>(),
    attributes: new Map<string, Map<string, AttributeTerm>>(),
    values: new Set(values),
  };
  const collect = (filter: ResolvedFilter): void => {
    switch (filter.kind) {
      case 'all':
      case 'any':
        filter.of.forEach(collect);
        break;
      case 'not':
        collect(filter.of);
        break;
      case 'text':
        if (filter.field === 'tag') asked.tags.add(filter.value);
        if (filter.field === 'channel') asked.channels.add(filter.value);
        break;
      case 'begins':
        asked.names.add(filter.name);
        break;
      case 'member':
        asked.groups.add(filter.groupId);
        break;
      case 'attribute':
      case 'attributeRange': {
        const ofKey = asked.attributes.get(filter.key) ?? new Map<string, AttributeTerm>();
        asked.attributes.set(filter.key, ofKey.set(JSON.stringify(filter), filter));
        break;
      }
      default:
        break;
    }
  };
  for (const filter of filters) collect(filter);
  return asked;
}

export const asksNothing = ({ tags, channels, names, groups, attributes, values }: AskedFacts): boolean =>
  tags.size + channels.size + names.size + groups.size + attributes.size + values.size === 0;

/** The attributes that are asked about. */
export const askedAttributes = ({ attributes, values }: AskedFacts): readonly string[] => [
  ...new Set([...attributes.keys(), ...values]),
];

/** Whether facts that were kept for one question answer the other, too. */
export function covers(kept: AskedFacts, asked: AskedFacts): boolean {
  return (
    isWithin(asked.tags, kept.tags) &&
    isWithin(asked.channels, kept.channels) &&
    isWithin(asked.names, kept.names) &&
    isWithin(asked.groups, kept.groups) &&
    isWithin(asked.values, kept.values) &&
    [...asked.attributes].every(([key, terms]) => {
      // A value that is kept as it is answers every term.
      if (kept.values.has(key)) return true;
      const known = kept.attributes.get(key);
      return known !== undefined && isWithin(terms, known);
    })
  );
}

const isWithin = <T>(some: { keys(): Iterable<T> }, all: { has(one: T): boolean }): boolean =>
  [...some.keys()].every((one) => all.has(one));

/**
 * Leaves of what operators say what makes a difference to those who ask, so that devices that differ in nothing else have
 * the same facts: of a name its longest beginning that is asked for, and of values of an attribute that answer all that is
 * asked alike the first that came.
 */
export class FactsReducer {
  /** By the key of the attribute and the answers. */
  private readonly values = new Map<string, Attribute>();

  constructor(readonly asked: AskedFacts) {}

  /** null: as good as nothing is said of the device. */
  reduce(given: TargetFacts): TargetFacts | null {
    const { asked } = this;
    const tags = [...new Set(given.tags)].filter((tag) => asked.tags.has(tag)).sort();
    const groups = [...new Set(given.groups)].filter((id) => asked.groups.has(id)).sort((a, b) => a - b);
    const channel = this.channelOf(given.channel);
    const name = given.name === null ? null : this.nameOf(foldName(given.name));
    const attributes: Record<string, Attribute> = {};
    for (const key of askedAttributes(asked)) {
      const value = Object.hasOwn(given.attributes, key) ? given.attributes[key] : undefined;
      if (value !== undefined) attributes[key] = this.valueOf(key, value);
    }
    const isNothing =
      tags.length + groups.length + Object.keys(attributes).length === 0 &&
      channel === USUAL_CHANNEL &&
      name === null;
    return isNothing ? null : { tags, channel, name, groups, attributes };
  }

  /** One that nobody asks for is as good as the usual one, unless that is asked for. */
  private channelOf(channel: string): string {
    const { channels } = this.asked;
    if (channels.has(channel)) return channel;
    return channels.has(USUAL_CHANNEL) ? '' : USUAL_CHANNEL;
  }

  private nameOf(folded: string): string | null {
    let longest: string | null = null;
    for (const name of this.asked.names)
      if (folded.startsWith(name) && name.length >= (longest?.length ?? 0)) longest = name;
    return longest;
  }

  private valueOf(key: string, value: Attribute): Attribute {
    const terms = this.asked.attributes.get(key);
    if (!terms || this.asked.values.has(key)) return value;
    const answers = [...terms.values()].map((term) =>
      term.kind === 'attribute' ? isEqual(value, term.value) : isInRange(value, term.range),
    );
    const place = `${key} ${answers.map(Number).join('')}`;
    const known = this.values.get(place);
    if (known !== undefined) return known;
    this.values.set(place, value);
    return value;
  }
}
