/**
 * How PostgreSQL keeps text: as whole code points, of which `varchar(n)` counts n. It has no NUL and no half of a
 * surrogate pair.
 */

/** Text from a device or a person as PostgreSQL can keep it: each NUL and each half of a character becomes U+FFFD. */
export function storableText(text: string): string {
  return text.replaceAll('\0', '\uFFFD').replace(/\p{Cs}/gu, '\uFFFD');
}

/** Length as PostgreSQL counts it, which is not that of JavaScript (UTF-16 units), nor what a reader sees. */
export function lengthInCodePoints(text: string): number {
  let pairs = 0;
  for (let index = 0; index < text.length - 1; index++) {
    if (!isHigh(text.charCodeAt(index)) || !isLow(text.charCodeAt(index + 1))) continue;
    pairs += 1;
    index += 1;
  }
  return text.length - pairs;
}

/** The beginning of a text, in whole code points. */
export function firstCodePoints(text: string, count: number): string {
  return text.length <= count ? text : Array.from(text).slice(0, count).join('');
}

const isHigh = (unit: number): boolean => unit >= 0xd800 && unit <= 0xdbff;
const isLow = (unit: number): boolean => unit >= 0xdc00 && unit <= 0xdfff;
