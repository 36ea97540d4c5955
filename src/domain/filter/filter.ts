/** What a device is compared by, where the whole text counts. */
export const TEXT_FIELDS = ['type', 'tag', 'channel', 'status', 'identity'] as const;
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

/** Both are within. */
export type IdRange = readonly [first: number, last: number];

/** One question about a device. */
export type Term =
  | { readonly kind: 'text'; readonly field: TextField; readonly value: string }
  /** By the order of versions, see `FirmwareVersion.sortKey`. */
  | { readonly kind: 'version'; readonly range: Range<string> }
  /** A version that has no place in the order, as the device says it. */
  | { readonly kind: 'versionText'; readonly value: string }
  | { readonly kind: 'build'; readonly range: Range<number> }
  | { readonly kind: 'id'; readonly range: Range<number> }
  /** The last digits of the id are these: divided by one of the sizes, it leaves the rest beside it. */
  | { readonly kind: 'idEnds'; readonly ends: readonly IdEnd[] }
  /** Within so many seconds of now. */
  | { readonly kind: 'seen'; readonly seconds: number }
  /** Of an attribute that is no number the text counts, of one that is a number its value: see `numberIn`. */
  | { readonly kind: 'attribute'; readonly key: string; readonly value: string }
  /** Of an attribute that is a number, or a text that reads as one. */
  | { readonly kind: 'attributeRange'; readonly key: string; readonly range: Range<number> }
  /** The name begins so, see `foldName`, or the id does in decimal or as a MAC address. */
  | { readonly kind: 'begins'; readonly name: string; readonly ids: readonly IdRange[] };

/** A size, 10 or 16 to the number of the digits, and what they stand for. */
export type IdEnd = readonly [size: number, rest: number];

/** Terms, and what holds them together. */
type Combined<T> =
  | T
  /** Without parts: every device. */
  | { readonly kind: 'all'; readonly of: readonly Combined<T>[] }
  /** Without parts: none. */
  | { readonly kind: 'any'; readonly of: readonly Combined<T>[] }
  | { readonly kind: 'not'; readonly of: Combined<T> };

export interface GroupTerm {
  readonly kind: 'group';
  /** Folded. */
  readonly name: string;
  /** Where the name stands in the text, counted from 1. */
  readonly place: number;
}

/** Which devices somebody asks for, as read from a text by `parseFilter`. */
export type Filter = Combined<Term | GroupTerm>;

/**
 * A filter that can be evaluated, as `resolveGroups` makes it. It is evaluated twice: in memory by `matches`, in the
 * database by `filterSql`. Both give the same answer for every device, and no third: what a device does not have is not
 * equal to anything and within no range.
 */
export type ResolvedFilter = Combined<
  Term /** In a group that has members. */ | { readonly kind: 'member'; readonly groupId: number }
>;

/** Every device. */
export const EVERYTHING: ResolvedFilter & Filter = { kind: 'all', of: [] };
/** No device. */
export const NOTHING: ResolvedFilter & Filter = { kind: 'any', of: [] };

/** Names are found without regard to capitals; in the database by a column that this function has filled. */
export const foldName = (name: string): string => name.normalize('NFC').toLowerCase();

/** A number as people write it, of so few digits that JavaScript and PostgreSQL read the same. */
export const PLAIN_NUMBER = '-?[0-9]{1,15}([.][0-9]{1,15})?';
const ALONE = new RegExp(`^${PLAIN_NUMBER}$`);

/** @returns null for a text that is no number */
export const numberIn = (text: string): number | null => (ALONE.test(text) ? Number(text) : null);
