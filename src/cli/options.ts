import { InvalidArgumentError, Option, type Command } from 'commander';
import { UsageFailure } from './api/failure.js';

/** Turns the text of an option into its value, or says what it must be. */
type Parser<T> = (text: string) => T;

/** A whole number from `min` on. */
export const wholeNumber =
  (min: number, max = Number.MAX_SAFE_INTEGER): Parser<number> =>
  (text) => {
    const value = /^\d{1,16}$/.test(text) ? Number(text) : NaN;
    if (value >= min && value <= max) return value;
    const upTo = max === Number.MAX_SAFE_INTEGER ? ` from ${min} on` : ` from ${min} to ${max}`;
    throw new InvalidArgumentError(`It must be a whole number${upTo}.`);
  };

const MAC = /^[0-9a-f]{2}(?:([:-])[0-9a-f]{2}(?:\1[0-9a-f]{2}){4})$/i;

/** A device id as a number, or as the MAC address that it is made of. */
export const deviceId: Parser<number> = (text) => {
  const value = deviceIdOf(text.trim());
  if (value >= 1 && value <= Number.MAX_SAFE_INTEGER) return value;
  throw new InvalidArgumentError(
    'It must be a number from 1 to 2^53-1 or a MAC address: 123, 24:6f:28:03:7e:51, 246f28037e51 or 0x246f28037e51.',
  );
};

/** Digits alone are a decimal number, also when there are twelve. */
function deviceIdOf(text: string): number {
  if (/^\d{1,16}$/.test(text)) return Number(text);
  if (MAC.test(text)) return Number.parseInt(text.replace(/[:-]/g, ''), 16);
  if (/^[0-9a-f]{12}$/i.test(text)) return Number.parseInt(text, 16);
  return /^0x[0-9a-f]{1,14}$/i.test(text) ? Number.parseInt(text.slice(2), 16) : NaN;
}

/** A share of all, from 0 to 1. */
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

/** `500ms`, `60s`, `5m` or `1h`; a bare number is seconds. @returns milliseconds */
export const duration: Parser<number> = (text) => {
  const milliseconds = readDuration(text);
  // The longest that a timer takes.
  if (milliseconds <= 2 ** 31 - 1) return milliseconds;
  throw new InvalidArgumentError('It must be a time such as 500ms, 60s, 5m or 1h.');
};

const ISO = /^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?$/i;

/**
 * A point in time: how long ago (`2h`, `7d`), or ISO 8601, which is local time when it names no zone.
 * @returns ISO 8601 in UTC
 */
export const pointInTime =
  (now: () => number): Parser<string> =>
  (text) => {
    const ago = /^\d+$/.test(text.trim()) ? NaN : readDuration(text);
    // A date alone would be UTC for Date.parse.
    const iso = ISO.test(text.trim()) ? text.trim().replace(/^.{10}$/, '$&T00:00') : '';
    const time = Number.isNaN(ago) ? Date.parse(iso.replace(' ', 'T')) : now() - ago;
    if (!Number.isNaN(time) && Math.abs(time) < 8.64e15) return new Date(time).toISOString();
    throw new InvalidArgumentError(
      'It must be how long ago, such as 30m, 2h or 7d, or a time such as 2026-01-31T12:00:00Z.',
    );
  };

/** What the server takes as cleared: an empty text on the command line. */
export const emptyAsNull = (text: string | undefined): string | null | undefined =>
  text === '' ? null : text;

/** Takes the id of a firmware as an argument or as `--id`. */
export const takeId = (command: Command): Command =>
  command
    .argument('[id]', 'the id that ota list shows', wholeNumber(1))
    .option('--id <number>', 'the same', wholeNumber(1));

/** @throws UsageFailure when it is not given, or twice */
export function givenId({ id }: { readonly id?: number }, [argument]: readonly unknown[]): number {
  const given = argument as number | undefined;
  if (id !== undefined && given !== undefined && id !== given) {
    throw new UsageFailure(`There are two ids, ${given} and --id ${id}: give one.`);
  }
  const one = id ?? given;
  if (one !== undefined) return one;
  throw new UsageFailure("required option '--id <number>' not specified: give the id of a firmware.", [
    'ota list shows the ids.',
  ]);
}

/** Takes the path of an image as an argument or as `--file`. */
export const takeFile = (command: Command): Command =>
  command
    .argument('[file]', 'the image, build/<project>.bin')
    .addOption(new Option('--file <path>', 'the same'));

/** @throws UsageFailure when it is not given, or twice */
export function givenFile({ file }: { readonly file?: string }, [argument]: readonly unknown[]): string {
  const given = argument as string | undefined;
  if (file !== undefined && given !== undefined && file !== given) {
    throw new UsageFailure(`There are two files, ${given} and --file ${file}: give one.`);
  }
  const one = file ?? given;
  if (one !== undefined) return one;
  throw new UsageFailure("required option '--file <path>' not specified: give the image.");
}

/** Lines below the help of a command, each a comment and a command. */
export function examples(command: Command, lines: readonly (readonly [string, string])[]): Command {
  const shown = lines.map(([comment, line]) => `  # ${comment}\n  ${line}`).join('\n\n');
  return command.addHelpText('after', `\nExamples:\n${shown}`);
}
