/** What a device is compared by, where the whole text counts. */
export const TEXT_FIELDS = ['type', 'tag', 'channel', 'group', 'status', 'identity'] as const;
export type TextField = (typeof TEXT_FIELDS)[number];

/** An end of a range; null: it is open on this side. */
export interface Bound<T> {
  readonly value: T;
  /** Whether the value itself is within. */
  readonly isIncluded: boolean;
}

export interface Range<T> {
  readonly from: Bound<T> | null;
  readonly to: Bound<T> | null;
}

/**
 * Which devices somebody asks for, as read from a text by `parseFilter`. It is evaluated twice: in memory by `matches`,
 * in the database by `filterSql`. Both give the same answer for every device, and no third: what a device does not have
 * is not equal to anything and within no range.
 */
export type Filter =
  /** Without parts: every device. */
  | { readonly kind: 'all'; readonly of: readonly Filter[] }
  | { readonly kind: 'any'; readonly of: readonly Filter[] }
  | { readonly kind: 'not'; readonly of: Filter }
  | { readonly kind: 'text'; readonly field: TextField; readonly value: string }
  /** By the order of versions, see `FirmwareVersion.sortKey`. */
  | { readonly kind: 'version'; readonly range: Range<string> }
  /** A version that has no place in the order, as the device says it. */
  | { readonly kind: 'versionText'; readonly value: string }
  | { readonly kind: 'build'; readonly range: Range<number> }
  | { readonly kind: 'id'; readonly range: Range<number> }
  /** Within so many seconds of now. */
  | { readonly kind: 'seen'; readonly seconds: number }
  | { readonly kind: 'attribute'; readonly key: string; readonly value: string }
  /** Of an attribute that is a number, or a text that reads as one. */
  | { readonly kind: 'attributeRange'; readonly key: string; readonly range: Range<number> }
  /** The name begins so, see `foldName`, or the id does in decimal or as a MAC address. */
  | {
      readonly kind: 'begins';
      readonly name: string;
      readonly id: string;
      readonly mac: Range<number> | null;
    };

/** Every device. */
export const EVERYTHING: Filter = { kind: 'all', of: [] };

/** Names are found without regard to capitals; in the database by a column that this function has filled. */
export const foldName = (name: string): string => name.normalize('NFC').toLowerCase();
