import { eastAsianWidth } from 'get-east-asian-width';

/** Prepares text for display on a terminal. */

/** Control characters, which a terminal would interpret, and characters that hide or reverse text. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;
const NAMED: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** Makes untrusted text safe to print on one line: characters that a terminal would interpret are escaped. */
export function printable(text: string): string {
  return text.replace(UNSEEN, (c) => NAMED[c] ?? `\\u{${(c.codePointAt(0) ?? 0).toString(16)}}`);
}

/**
 * Makes JSON safe to print without changing its meaning: characters that a terminal would interpret are escaped. JSON
 * allows control characters other than white space only in strings, where an escape means the same character.
 */
export function printableJson(json: string): string {
  return json.replace(UNSEEN, (c) => (c === '\n' || c === '\r' || c === '\t' ? c : escaped(c)));
}

const escaped = (character: string): string =>
  Array.from(
    { length: character.length },
    (_, i) => `\\u${character.charCodeAt(i).toString(16).padStart(4, '0')}`,
  ).join('');

const PLAIN = /^[\x20-\x7e]*$/;
const COMBINING = /^\p{M}$/u;

/** The width of a printable text on a terminal, in columns. */
export function displayWidth(text: string): number {
  if (PLAIN.test(text)) return text.length;
  let width = 0;
  for (const character of text) {
    if (!COMBINING.test(character)) width += eastAsianWidth(character.codePointAt(0) ?? 0);
  }
  return width;
}

/** Cuts a printable text to the given width; a text that was cut ends in an ellipsis. */
export function truncate(text: string, width: number): string {
  if (displayWidth(text) <= width) return text;
  return `${beginning(text, width - 1)}…`;
}

/** Breaks a printable text into lines of at most the given width, between words where possible. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let rest = text;
  while (displayWidth(rest) > width) {
    const fitting = beginning(rest, width) || (/^./u.exec(rest)?.[0] ?? rest);
    const space = rest.charAt(fitting.length) === ' ' ? fitting.length : fitting.lastIndexOf(' ');
    const end = space > 0 ? space : fitting.length;
    lines.push(rest.slice(0, end).trimEnd());
    rest = rest.slice(end).trimStart();
  }
  return [...lines, rest];
}

/** The longest prefix that is at most the given width. */
function beginning(text: string, width: number): string {
  let [end, taken] = [0, 0];
  for (const character of text) {
    taken += displayWidth(character);
    if (taken > width) break;
    end += character.length;
  }
  return text.slice(0, end);
}
