import type { Attribute } from '../device-facts.js';
import type { DeviceStatus } from '../device-status.js';
import { foldName, type Filter, type Range, type TextField } from './filter.js';

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
  /** Names of the groups that it is in. */
  readonly groups: readonly string[];
  readonly status: DeviceStatus;
  readonly identity: string;
  /** The operator's before the device's own. */
  readonly attributes: ReadonlyMap<string, Attribute>;
  /** Milliseconds since 1970. */
  readonly lastSeenAt: number;
}

/** @param now milliseconds since 1970 */
export function matches(filter: Filter, device: FilterableDevice, now: number): boolean {
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
    case 'seen':
      return device.lastSeenAt >= now - filter.seconds * 1_000;
    case 'attribute':
      return textOf(device.attributes.get(filter.key)) === filter.value;
    case 'attributeRange': {
      const number = numberOf(device.attributes.get(filter.key));
      return number !== null && isWithin(number, filter.range);
    }
    case 'begins':
      return (
        (device.name !== null && foldName(device.name).startsWith(filter.name)) ||
        (filter.id !== '' && String(device.id).startsWith(filter.id)) ||
        (filter.mac !== null && isWithin(device.id, filter.mac))
      );
  }
}

function textsOf(device: FilterableDevice, field: TextField): readonly string[] {
  switch (field) {
    case 'type':
      return device.deviceType === null ? [] : [device.deviceType];
    case 'tag':
      return device.tags;
    case 'group':
      return device.groups;
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

/** As PostgreSQL's `->>` gives it. */
const textOf = (value: Attribute | undefined): string | null => (value === undefined ? null : String(value));

/** Only as plainly written as the database's expression takes it, see `filterSql`. */
function numberOf(value: Attribute | undefined): number | null {
  const text = textOf(value);
  return text !== null && typeof value !== 'boolean' && /^-?\d{1,15}(\.\d{1,15})?$/.test(text)
    ? Number(text)
    : null;
}
