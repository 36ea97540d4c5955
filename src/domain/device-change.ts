import { isAttribute, MAX_ATTRIBUTES, type Attribute } from './device-facts.js';
import { isOneLine, isPlainText } from './plain-text.js';
import { lengthInCodePoints } from './storable-text.js';

/** What operators say of a device. */
export interface OperatorFacts {
  readonly name: string | null;
  readonly channel: string;
  /** In order, each once. */
  readonly tags: readonly string[];
  readonly attributes: Readonly<Record<string, Attribute>>;
  readonly notes: string | null;
}

export const CHANGE_FIELDS = ['name', 'channel', 'tags', 'attributes', 'notes'] as const;
export type ChangeField = (typeof CHANGE_FIELDS)[number];

/** What is to become of them. undefined: it stays as it is. */
export interface DeviceChange {
  readonly name?: string | null | undefined;
  readonly channel?: string | undefined;
  readonly tags?: readonly string[] | undefined;
  /** By key; null removes one. null alone removes all. */
  readonly attributes?: Readonly<Record<string, Attribute | null>> | null | undefined;
  readonly notes?: string | null | undefined;
}

/** As it came, field by field: anything. */
export type GivenChange = Readonly<Partial<Record<ChangeField, unknown>>>;

export const DEFAULT_CHANNEL = 'stable';
const MAX_NAME_CHARACTERS = 100;
const MAX_NOTES_CHARACTERS = 2_000;
export const MAX_TAGS = 20;
const LABEL = /^[a-z0-9][a-z0-9._-]{0,49}$/;
export const LABEL_FORM =
  'must be 1 to 50 lower-case letters, digits, ".", "_" and "-", beginning with a letter or digit';

/** Whether a text may be a tag or the name of a channel. */
export const isLabel = (value: unknown): value is string => typeof value === 'string' && LABEL.test(value);

/** Why a value cannot be; null: it can. */
type Rule = (value: unknown) => string | null;

const RULES: Readonly<Record<ChangeField, Rule>> = {
  name: (value) =>
    isText(value, MAX_NAME_CHARACTERS) && value !== '' && isOneLine(value)
      ? null
      : `must be one line of 1 to ${MAX_NAME_CHARACTERS} visible characters, without spaces around it`,
  channel: (value) => (isLabel(value) ? null : LABEL_FORM),
  tags: faultOfTags,
  attributes: (value) =>
    isRecord(value) && Object.entries(value).every(isAttributeOrNull)
      ? null
      : 'must be an object: keys of up to 32 lower-case letters, digits and "_" that begin with a letter; values of up ' +
        'to 64 characters, numbers, true, false, or null, which removes one',
  notes: (value) =>
    isText(value, MAX_NOTES_CHARACTERS) && isPlainText(value)
      ? null
      : `must be a text of at most ${MAX_NOTES_CHARACTERS} characters without control characters`,
};

/** What each field that is wrong must be. Empty: the change is right. */
export function faultsOfChange(given: GivenChange): Partial<Record<ChangeField, string>> {
  const faults: Partial<Record<ChangeField, string>> = {};
  for (const field of CHANGE_FIELDS) {
    const value = given[field];
    const fault = value === undefined || value === null ? null : RULES[field](value);
    if (fault !== null) faults[field] = fault;
  }
  return faults;
}

/** @param given without faults; null removes */
export function toDeviceChange(given: GivenChange): DeviceChange {
  const { name, channel, tags, attributes, notes } = given;
  return {
    ...(name !== undefined && { name: name as string | null }),
    ...(channel !== undefined && { channel: (channel as string | null) ?? DEFAULT_CHANNEL }),
    ...(tags !== undefined && { tags: inOrder((tags as string[] | null) ?? []) }),
    ...(attributes !== undefined && {
      attributes: attributes as NonNullable<DeviceChange['attributes']> | null,
    }),
    ...(notes !== undefined && { notes: notes === '' ? null : (notes as string | null) }),
  };
}

export function withChange(device: OperatorFacts, change: DeviceChange): OperatorFacts {
  return {
    name: change.name === undefined ? device.name : change.name,
    channel: change.channel ?? device.channel,
    tags: change.tags ?? device.tags,
    attributes:
      change.attributes === undefined ? device.attributes : merged(device.attributes, change.attributes),
    notes: change.notes === undefined ? device.notes : change.notes,
  };
}

/** Each alone is right, but together they may be too many. */
export const hasTooManyAttributes = ({ attributes }: OperatorFacts): boolean =>
  Object.keys(attributes).length > MAX_ATTRIBUTES;

function merged(
  known: OperatorFacts['attributes'],
  changes: NonNullable<DeviceChange['attributes']> | null,
): OperatorFacts['attributes'] {
  if (changes === null) return {};
  const entries = Object.entries({ ...known, ...changes });
  return Object.fromEntries(entries.filter((entry): entry is [string, Attribute] => entry[1] !== null));
}

export function faultOfTags(value: unknown): string | null {
  if (!Array.isArray(value)) return 'must be a list of tags';
  if (new Set(value).size > MAX_TAGS) return `must be at most ${MAX_TAGS} tags`;
  return value.every(isLabel) ? null : `must be a list of tags; each ${LABEL_FORM}`;
}

export const inOrder = (tags: readonly string[]): string[] => [...new Set(tags)].sort();

const isText = (value: unknown, most: number): value is string =>
  typeof value === 'string' && lengthInCodePoints(value) <= most;

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isAttributeOrNull = ([key, value]: [string, unknown]): boolean =>
  isAttribute([key, value === null ? true : value]);

/** An attribute as a person writes it: `true`, `false` and plain numbers are such. null: an empty text removes one. */
export function readAttribute(text: string): Attribute | null {
  if (text === '') return null;
  if (text === 'true' || text === 'false') return text === 'true';
  return /^-?(0|[1-9]\d{0,14})(\.\d{1,15})?$/.test(text) ? Number(text) : text;
}
