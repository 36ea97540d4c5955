import { InvalidArgumentError } from 'commander';
import { parseWindow, WEEKDAYS, type Weekday } from '../domain/rollout/windows.js';
import { duration, share } from './options.js';

/** A phase, in the names of the wire. */
export interface WirePhase {
  readonly share?: number;
  readonly count?: number;
  readonly target?: string;
  readonly soak_minutes: number;
}

/** A window, in the names of the wire. */
export interface WireWindow {
  readonly days: readonly Weekday[];
  readonly from: string;
  readonly to: string;
}

const MINUTE_MS = 60_000;
/** Only with its unit, since a filter may end in a number. */
const SOAK = /^(.+):(\d+(?:\.\d+)?(?:ms|s|m|min|h|d|w))$/;

/** Parses `10%:60m`, `50:1h` or `tag:lab:30m`: whom it reaches, and how long it soaks. */
export function phase(text: string): WirePhase {
  const [, before = text.trim(), soak = '0s'] = SOAK.exec(text.trim()) ?? [];
  const whom = reached(before);
  // What is left of `tag:7d` is no filter of a phase.
  if (whom === null) return { target: text.trim(), soak_minutes: 0 };
  return { ...whom, soak_minutes: minutes(soak) };
}

function reached(text: string): Omit<WirePhase, 'soak_minutes'> | null {
  if (/^\d+$/.test(text)) return { count: Number(text) };
  if (/^[\d.]+%$/.test(text)) return { share: share(String(Number(text.slice(0, -1)) / 100)) };
  if (text === '' || /^[\d.]+$/.test(text))
    throw new InvalidArgumentError('It must be a share such as 10%, a count such as 50, or a filter.');
  return text.includes(':') ? { target: text } : null;
}

/** Parses `mon,tue 22:00-06:00` or `mon-fri 22:00-06:00`. */
export function timeWindow(text: string): WireWindow {
  const [, days = '', from = '', to = ''] = /^(\S+) +([\d:]+) *- *([\d:]+)$/.exec(text.trim()) ?? [];
  if (days === '')
    throw new InvalidArgumentError('It must be days and hours, such as "mon,tue 22:00-06:00".');
  const window = parseWindow(days.toLowerCase().split(',').flatMap(daysOf), from, to);
  if (typeof window === 'string') throw new InvalidArgumentError(window);
  return { days: window.days, from, to };
}

/** `mon-fri` is five days. What is no day stays as it is. */
function daysOf(text: string): readonly string[] {
  const [first = -1, last = -1] = text.split('-').map((day) => (WEEKDAYS as readonly string[]).indexOf(day));
  if (first < 0 || last < 0) return [text];
  const count = ((last - first + WEEKDAYS.length) % WEEKDAYS.length) + 1;
  return Array.from({ length: count }, (_, nth) => WEEKDAYS[(first + nth) % WEEKDAYS.length] ?? text);
}

/** Parses a time such as `15m` or `1h`. @returns minutes */
export const minutes = (text: string): number => duration(text) / MINUTE_MS;

/** Lets an option be given more than once. */
export const repeated =
  <T>(parse: (text: string) => T) =>
  (text: string, before: readonly T[] = []): readonly T[] => [...before, parse(text)];
