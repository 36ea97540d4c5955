import { storableText } from './storable-text.js';

/** Fields by which a list of devices can be sorted, by their names in the API, and what their values are. */
export const SORT_FIELDS = {
  device_id: 'number',
  name: 'text',
  device_type: 'text',
  version: 'text',
  build_number: 'number',
  channel: 'text',
  status: 'text',
  reason: 'text',
  identity: 'text',
  check_interval: 'number',
  first_seen_at: 'time',
  last_seen_at: 'time',
} as const;
export type SortField = keyof typeof SORT_FIELDS;

/** What a list is sorted by; devices with the same value are sorted by their ids. */
export interface FleetOrder {
  readonly field: SortField;
  readonly isDescending: boolean;
}

export const DEFAULT_SORT = '-last_seen_at';

/** @returns null for what is no field, with `-` before it or not */
export function parseOrder(text: string): FleetOrder | null {
  const isDescending = text.startsWith('-');
  const field = isDescending ? text.slice(1) : text;
  return Object.hasOwn(SORT_FIELDS, field) ? { field: field as SortField, isDescending } : null;
}

/** A value of the field that a list is sorted by. Times are microseconds since 1970. null stands last. */
export type SortValue = string | number | null;

/** Where a page ended. */
export interface Position {
  readonly value: SortValue;
  readonly deviceId: number;
}

/** What a page tells the next one. */
export interface Cursor extends Position {
  readonly order: FleetOrder;
  /** Rows on all pages, as counted for the first one. */
  readonly total: number;
}

/** Opaque to clients; nothing in it is secret. */
export function writeCursor({ order, value, deviceId, total }: Cursor): string {
  const parts = [order.field, order.isDescending ? 1 : 0, value, deviceId, total];
  return Buffer.from(JSON.stringify(parts)).toString('base64url');
}

export const MAX_CURSOR_LENGTH = 1_000;

/**
 * Whoever sends a cursor may have made it up, which finds them a place in a list that they may see anyway. All that it
 * holds is checked as any other input is.
 * @returns null for what is none
 */
export function readCursor(text: string): Cursor | null {
  if (text.length > MAX_CURSOR_LENGTH || !/^[\w-]+$/.test(text)) return null;
  const parts = parseJson(Buffer.from(text, 'base64url').toString('utf8'));
  if (!Array.isArray(parts) || parts.length !== 5) return null;
  const [field, direction, value, deviceId, total] = parts as unknown[];
  const order = typeof field === 'string' ? parseOrder(field) : null;
  if (!order || order.isDescending || (direction !== 0 && direction !== 1)) return null;
  if (!isCount(deviceId) || deviceId < 1 || !isCount(total) || !isValueOf(order.field, value)) return null;
  return { order: { ...order, isDescending: direction === 1 }, value, deviceId, total };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

function isValueOf(field: SortField, value: unknown): value is SortValue {
  if (value === null) return true;
  switch (SORT_FIELDS[field]) {
    case 'text':
      return typeof value === 'string' && value === storableText(value);
    case 'time':
    case 'number':
      return Number.isSafeInteger(value);
  }
}
