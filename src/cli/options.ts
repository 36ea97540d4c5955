import { InvalidArgumentError, Option, type Command } from 'commander';
import { DEVICE_ID_FORMS, parseDeviceId } from '../domain/device-id.js';
import { UsageFailure } from './api/failure.js';

/** Converts the text of an option to its value, or throws an InvalidArgumentError that says what is allowed. */
type Parser<T> = (text: string) => T;

/** Parses a whole number from `min` to `max`. */
export const wholeNumber =
  (min: number, max = Number.MAX_SAFE_INTEGER): Parser<number> =>
  (text) => {
    const value = /^\d{1,16}$/.test(text) ? Number(text) : NaN;
    if (value >= min && value <= max) return value;
    const upTo = max === Number.MAX_SAFE_INTEGER ? ` of at least ${min}` : ` from ${min} to ${max}`;
    throw new InvalidArgumentError(`It must be a whole number${upTo}.`);
  };

/** Parses a device id, given as a number or as a MAC address. */
export const deviceId: Parser<number> = (text) => {
  const value = parseDeviceId(text);
  if (value !== null) return value;
  throw new InvalidArgumentError(`It must be ${DEVICE_ID_FORMS}.`);
};

/** Parses a share from 0 to 1. */
export const share: Parser<number> = (text) => {
  const value = /^\d*\.?\d+$/.test(text) ? Number(text) : NaN;
  if (value <= 1) return value;
  throw new InvalidArgumentError('It must be a number from 0 to 1.');
};

const MILLISECONDS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  min: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

function readDuration(text: string): number {
  const [, value, unit = 's'] = /^(\d+(?:\.\d+)?)\s*([a-z]+)?$/.exec(text.trim()) ?? [];
  return Number(value) * (MILLISECONDS[unit] ?? NaN);
}

/** Parses `500ms`, `60s`, `5m` or `1h`; a bare number is seconds. @returns milliseconds */
export const duration: Parser<number> = (text) => {
  const milliseconds = readDuration(text);
  // This is the maximum delay of a timer.
  if (milliseconds <= 2 ** 31 - 1) return milliseconds;
  throw new InvalidArgumentError('It must be a time such as 500ms, 60s, 5m or 1h.');
};

const ISO = /^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?$/i;

/**
 * Parses a point in time: a duration before now (`2h`, `7d`), or ISO 8601, which is local time without a zone.
 * @returns ISO 8601 in UTC
 */
export const pointInTime =
  (now: () => number): Parser<string> =>
  (text) => {
    const ago = /^\d+$/.test(text.trim()) ? NaN : readDuration(text);
    // Date.parse reads a date without a time as UTC.
    const iso = ISO.test(text.trim()) ? text.trim().replace(/^.{10}$/, '$&T00:00') : '';
    const time = Number.isNaN(ago) ? Date.parse(iso.replace(' ', 'T')) : now() - ago;
    if (!Number.isNaN(time) && Math.abs(time) < 8.64e15) return new Date(time).toISOString();
    throw new InvalidArgumentError(
      'It must be how long ago, such as 30m, 2h or 7d, or a time such as 2026-01-31T12:00:00Z.',
    );
  };

/**
 * Parses a point in time to come: a duration from now (`90d`), or a time as in {@link pointInTime}.
 * @returns ISO 8601 in UTC
 */
export const futureTime =
  (now: () => number): Parser<string> =>
  (text) => {
    const later = /^\d+$/.test(text.trim()) ? NaN : readDuration(text);
    const time = now() + later;
    if (!Number.isNaN(time) && time < 8.64e15) return new Date(time).toISOString();
    if (ISO.test(text.trim())) return pointInTime(now)(text);
    throw new InvalidArgumentError(
      'It must be in how long, such as 12h, 90d or 4w, or a time such as 2026-01-31T12:00:00Z.',
    );
  };

/** An empty text on the command line clears the field, for which the server expects null. */
export const emptyAsNull = (text: string | undefined): string | null | undefined =>
  text === '' ? null : text;

/** Adds the id of a firmware, as an argument or as `--id`. */
export const takeId = (command: Command): Command =>
  command
    .argument('[id]', 'id of the firmware, as shown by ota list', wholeNumber(1))
    .option('--id <number>', 'same as the argument', wholeNumber(1));

/** @throws UsageFailure if there is no id, or two different ones */
export function givenId({ id }: { readonly id?: number }, [argument]: readonly unknown[]): number {
  const given = argument as number | undefined;
  if (id !== undefined && given !== undefined && id !== given) {
    throw new UsageFailure(`There are two ids, ${given} and --id ${id}: specify only one.`);
  }
  const one = id ?? given;
  if (one !== undefined) return one;
  throw new UsageFailure("required option '--id <number>' not specified: specify the id of a firmware.", [
    'ota list shows the ids.',
  ]);
}

/** Adds the path of an image, as an argument or as `--file`. */
export const takeFile = (command: Command): Command =>
  command
    .argument('[file]', 'the image, build/<project>.bin')
    .addOption(new Option('--file <path>', 'same as the argument'));

/** @throws UsageFailure if there is no path, or two different ones */
export function givenFile({ file }: { readonly file?: string }, [argument]: readonly unknown[]): string {
  const given = argument as string | undefined;
  if (file !== undefined && given !== undefined && file !== given) {
    throw new UsageFailure(`There are two files, ${given} and --file ${file}: specify only one.`);
  }
  const one = file ?? given;
  if (one !== undefined) return one;
  throw new UsageFailure("required option '--file <path>' not specified: specify the image.");
}

/** Adds examples below the help of a command. Each is a comment and a command line. */
export function examples(command: Command, lines: readonly (readonly [string, string])[]): Command {
  const shown = lines.map(([comment, line]) => `  # ${comment}\n  ${line}`).join('\n\n');
  return command.addHelpText('after', `\nExamples:\n${shown}`);
}
