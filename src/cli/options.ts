import { InvalidArgumentError } from 'commander';

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

/** A share of all, from 0 to 1. */
export const share: Parser<number> = (text) => {
  const value = /^\d*\.?\d+$/.test(text) ? Number(text) : NaN;
  if (value <= 1) return value;
  throw new InvalidArgumentError('It must be a number from 0 to 1.');
};

const MILLISECONDS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** `500ms`, `60s`, `5m` or `1h`; a bare number is seconds. @returns milliseconds */
export const duration: Parser<number> = (text) => {
  const [, value, unit = 's'] = /^(\d+(?:\.\d+)?)(ms|s|m|h)?$/.exec(text) ?? [];
  const milliseconds = Number(value) * (MILLISECONDS[unit] ?? NaN);
  // The longest that a timer takes.
  if (milliseconds <= 2 ** 31 - 1) return milliseconds;
  throw new InvalidArgumentError('It must be a time such as 500ms, 60s, 5m or 1h.');
};

/** What the server takes as cleared: an empty text on the command line. */
export const emptyAsNull = (text: string | undefined): string | null | undefined =>
  text === '' ? null : text;
