import type { FirmwareVersion } from './firmware-version.js';
import { isPlainText } from './plain-text.js';

/** What a device may say of itself in a check, as it came. */
export interface GivenFacts {
  readonly elfSha256?: unknown;
  readonly bootId?: unknown;
  readonly checkInterval?: unknown;
  readonly acceptsDowngrade?: unknown;
  readonly attributes?: unknown;
}

export const FACT_FIELDS = [
  'elfSha256',
  'bootId',
  'checkInterval',
  'acceptsDowngrade',
  'attributes',
] as const satisfies readonly (keyof GivenFacts)[];
export type FactField = (typeof FACT_FIELDS)[number];

export type Attribute = string | number | boolean;

/** What a device said beside its question, as far as it is right. undefined: it said nothing, or nothing right. */
export interface ReportedFacts {
  /** Of the running image, lower-case hex; may be cut. */
  readonly elfSha256?: string;
  /** Made anew at each boot. */
  readonly bootId?: number;
  /** Seconds. */
  readonly checkInterval?: number;
  readonly acceptsDowngrade?: boolean;
  readonly attributes?: ReadonlyMap<string, Attribute>;
}

/** What is known of a device when it is decided what it may have. */
export interface DeviceFacts extends ReportedFacts {
  /** That it runs; null when what it said cannot be ordered. */
  readonly version: FirmwareVersion | null;
  readonly build: number;
}

const NO_ATTRIBUTES: ReadonlyMap<string, Attribute> = new Map();

/**
 * The attributes that hold for a device: what operators say of it wins over what it says itself. The one place that says so;
 * FleetQuery says the same in SQL.
 */
export function heldAttributes(
  own: ReadonlyMap<string, Attribute> | undefined,
  operators: Readonly<Record<string, Attribute>>,
): ReadonlyMap<string, Attribute> {
  const said = Object.entries(operators);
  return said.length === 0 ? (own ?? NO_ATTRIBUTES) : new Map([...(own ?? NO_ATTRIBUTES), ...said]);
}

const MAX_BOOT_ID = 2 ** 32 - 1;
const MAX_CHECK_INTERVAL = 2_592_000;
export const MAX_ATTRIBUTES = 20;
const MAX_ATTRIBUTE_CHARACTERS = 64;

/**
 * Takes what is right and drops what is not: no check is refused for what a device says beside its question. null is the
 * same as absent. Of the attributes each is judged alone, but more than 20 are dropped together.
 * @returns the facts, and the fields of which something was dropped
 */
export function readDeviceFacts(given: GivenFacts): {
  readonly facts: ReportedFacts;
  readonly dropped: readonly FactField[];
} {
  const dropped: FactField[] = [];
  const take = <T>(field: FactField, isRight: (value: unknown) => value is T): T | undefined => {
    const value = given[field];
    if (value === undefined || value === null) return undefined;
    if (isRight(value)) return value;
    dropped.push(field);
    return undefined;
  };

  const elfSha256 = take('elfSha256', isHash)?.toLowerCase();
  const bootId = take('bootId', isWholeNumber(0, MAX_BOOT_ID));
  const checkInterval = take('checkInterval', isWholeNumber(1, MAX_CHECK_INTERVAL));
  const acceptsDowngrade = take('acceptsDowngrade', isBoolean);
  const said = take('attributes', isFewAttributes);
  const right = said && Object.entries(said).filter(isAttribute);
  if (said && right && right.length < Object.keys(said).length) dropped.push('attributes');
  return {
    facts: {
      ...(elfSha256 !== undefined && { elfSha256 }),
      ...(bootId !== undefined && { bootId }),
      ...(checkInterval !== undefined && { checkInterval }),
      ...(acceptsDowngrade !== undefined && { acceptsDowngrade }),
      ...(right && right.length > 0 && { attributes: new Map(right) }),
    },
    dropped,
  };
}

const isBoolean = (value: unknown): value is boolean => typeof value === 'boolean';

const isHash = (value: unknown): value is string =>
  typeof value === 'string' && /^[0-9a-f]{8,64}$/i.test(value);

const isWholeNumber =
  (min: number, max: number) =>
  (value: unknown): value is number =>
    Number.isInteger(value) && (value as number) >= min && (value as number) <= max;

const isFewAttributes = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' &&
  value !== null &&
  !Array.isArray(value) &&
  Object.keys(value).length <= MAX_ATTRIBUTES;

export function isAttribute(entry: [string, unknown]): entry is [string, Attribute] {
  const [key, value] = entry;
  if (!/^[a-z][a-z0-9_]{0,31}$/.test(key)) return false;
  if (typeof value === 'string') return isShortText(value);
  // JSON has numbers that are too large for a number: 1e999.
  return typeof value === 'number' ? Number.isFinite(value) : isBoolean(value);
}

/** Counts characters as PostgreSQL does: a pair of surrogates is one. */
const isShortText = (text: string): boolean =>
  text.length <= 2 * MAX_ATTRIBUTE_CHARACTERS &&
  Array.from(text).length <= MAX_ATTRIBUTE_CHARACTERS &&
  isPlainText(text);
