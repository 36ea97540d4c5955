import type { Attribute } from '../device-facts.js';
import type { DeviceStatus } from '../device-status.js';
import { foldName, numberIn, type Range, type ResolvedFilter, type TextField } from './filter.js';

/** What a filter may ask of a device. */
export interface FilterableDevice {
  readonly id: number;
  readonly name: string | null;
  readonly deviceType: string | null;
  /** As it said it last; the key is empty when the version cannot be ordered. */
  readonly version: { readonly text: string; readonly sortKey: string } | null;
  readonly build: number | null;
  readonly channel: string;
  readonly tags: readonly string[];
  /** Ids of the groups with members that it is a member of. */
  readonly groups: readonly number[];
  readonly status: DeviceStatus;
  readonly identity: string;
  /** The operator's before the device's own. */
  readonly attributes: ReadonlyMap<string, Attribute>;
  /** Milliseconds since 1970. */
  readonly lastSeenAt: number;
}

/** @param now milliseconds since 1970 */
export function matches(filter: ResolvedFilter, device: FilterableDevice, now: number): boolean {
  switch (filter.kind) {
    case 'all':
      return filter.of.every((part) => matches(part, device, now));
    case 'any':
      return filter.of.some((part) => matches(part, device, now));
    case 'not':
      return !matches(filter.of, device, now);
    case 'text':
      return textsOf(device, filter.field).includes(filter.value);
    case 'version':
      return (
        device.version !== null &&
        device.version.sortKey !== '' &&
        isWithin(device.version.sortKey, filter.range)
      );
    case 'versionText':
      return device.version?.text === filter.value;
    case 'build':
      return device.build !== null && isWithin(device.build, filter.range);
    case 'id':
      return isWithin(device.id, filter.range);
    case 'idEnds':
      return filter.ends.some(([size, rest]) => device.id % size === rest);
    case 'seen':
      return device.lastSeenAt >= now - filter.seconds * 1_000;
    case 'attribute':
      return isEqual(device.attributes.get(filter.key), filter.value);
    case 'attributeRange':
      return isInRange(device.attributes.get(filter.key), filter.range);
    case 'begins':
      return (
        (device.name !== null && foldName(device.name).startsWith(filter.name)) ||
        filter.ids.some(([first, last]) => device.id >= first && device.id <= last)
      );
    case 'member':
      return device.groups.includes(filter.groupId);
  }
}

function textsOf(device: FilterableDevice, field: TextField): readonly string[] {
  switch (field) {
    case 'type':
      return device.deviceType === null ? [] : [device.deviceType];
    case 'tag':
      return device.tags;
    case 'channel':
    case 'status':
    case 'identity':
      return [device[field]];
  }
}

function isWithin<T extends string | number>(value: T, { from, to }: Range<T>): boolean {
  const isAbove = from === null || value > from.value || (from.isIncluded && value === from.value);
  const isBelow = to === null || value < to.value || (to.isIncluded && value === to.value);
  return isAbove && isBelow;
}

/** 1 and 1.0 are one number, and two texts. */
export const isEqual = (attribute: Attribute | undefined, text: string): boolean =>
  typeof attribute === 'number'
    ? attribute === numberIn(text)
    : attribute !== undefined && String(attribute) === text;

export function isInRange(attribute: Attribute | undefined, range: Range<number>): boolean {
  const number = numberOf(attribute);
  return number !== null && isWithin(number, range);
}

function numberOf(attribute: Attribute | undefined): number | null {
  if (typeof attribute === 'number') return attribute;
  return typeof attribute === 'string' ? numberIn(attribute) : null;
}
