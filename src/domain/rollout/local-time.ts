import { BoundedCache } from '../bounded-cache.js';
import type { Instant } from '../instant.js';
import { MINUTE } from './durations.js';

/** A zone by its IANA name that Intl knows, such as `Europe/Berlin`. */
export type TimeZone = string;

export const UTC: TimeZone = 'UTC';

/** What a clock on the wall shows. */
export interface LocalTime {
  /** 0 is Sunday. */
  readonly weekday: number;
  /** Since midnight, 0..1439. */
  readonly minute: number;
}

/** Devices name zones, and the same one in many spellings; formatters take some 10 KiB each. */
const MAX_FORMATTERS = 500;
const formatters = new BoundedCache<readonly [TimeZone], Intl.DateTimeFormat | null>(MAX_FORMATTERS);
const LONGEST_NAME = 64;

function formatterOf(zone: TimeZone): Intl.DateTimeFormat | null {
  if (zone.length > LONGEST_NAME) return null;
  return formatters.get([zone], () => {
    try {
      return new Intl.DateTimeFormat('en-US', {
        timeZone: zone,
        hourCycle: 'h23',
        year: 'numeric',
        month: 'numeric',
        day: 'numeric',
        hour: 'numeric',
        minute: 'numeric',
      });
    } catch {
      return null;
    }
  });
}

export const isTimeZone = (zone: string): boolean => formatterOf(zone) !== null;

/** The zone of a rollout, or of the device. One that is not known is UTC, which explain says. */
export function zoneOf(
  setting: string,
  ofDevice: unknown,
): { readonly zone: TimeZone; readonly isFallback: boolean } {
  const named = setting === 'device' ? ofDevice : setting;
  if (typeof named === 'string' && isTimeZone(named)) return { zone: named, isFallback: false };
  return { zone: UTC, isFallback: true };
}

/** By how much clocks in a zone are ahead of UTC, in minutes. Whole minutes everywhere since 1972. */
export function offsetOf(at: Instant, zone: TimeZone): number {
  const minutes = Math.floor(at / MINUTE);
  const parts: Record<string, number> = {};
  for (const { type, value } of formatterOf(zone)?.formatToParts(minutes * 60_000) ?? [])
    parts[type] = Number(value);
  const { year, month, day, hour, minute } = parts;
  if (year === undefined || month === undefined) return 0;
  return Date.UTC(year, month - 1, day, hour, minute) / 60_000 - minutes;
}

export function localTimeOf(at: Instant, zone: TimeZone): LocalTime {
  const local = Math.floor(at / MINUTE) + offsetOf(at, zone);
  const day = Math.floor(local / 1_440);
  // 1 January 1970 was a Thursday.
  return { weekday: (((day + 4) % 7) + 7) % 7, minute: local - day * 1_440 };
}
