/** Where a text is no filter, and what would be one. */
export class FilterFault extends Error {
  override readonly name = 'FilterFault';

  constructor(
    /** The place in the text, counted in characters from 1. */
    readonly place: number,
    /** What was expected there: `a version such as 1.2.0`. */
    readonly expected: string,
    /** What stands there; empty at the end. */
    readonly found: string,
  ) {
    const what = found === '' ? 'the end' : `"${found}"`;
    super(`At character ${place} there is ${what}; expected ${expected}.`);
  }
}

export type Token =
  | { readonly kind: '(' | ')' | '-' | 'OR'; readonly at: number; readonly text: string }
  /** `key:value`, or a word alone: then the key is null. */
  | {
      readonly kind: 'term';
      readonly at: number;
      readonly text: string;
      readonly key: string | null;
      readonly value: string;
      /** Where the value begins. */
      readonly valueAt: number;
    };

const KEY = /^[A-Za-z][\w.]*$/;
const QUOTE = '"';

/** @throws FilterFault for a quote that is not closed */
export function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < text.length) {
    const character = text.charAt(at);
    if (/\s/.test(character)) at += 1;
    else if (character === '(' || character === ')' || (character === '-' && isBeforeTerm(text, at))) {
      tokens.push({ kind: character, at, text: character });
      at += 1;
    } else {
      const token = termAt(text, at);
      tokens.push(token.text === 'OR' ? { kind: 'OR', at, text: 'OR' } : token);
      at += token.text.length;
    }
  }
  return tokens;
}

/** A minus alone, or before a space, is a word like others. */
const isBeforeTerm = (text: string, at: number): boolean => /^-[^\s)]/.test(text.slice(at, at + 2));

function termAt(text: string, start: number): Extract<Token, { kind: 'term' }> {
  let end = start;
  let colon: number | null = null;
  while (end < text.length && !/[\s()]/.test(text.charAt(end))) {
    if (text.charAt(end) === QUOTE) {
      const close = text.indexOf(QUOTE, end + 1);
      if (close === -1) throw new FilterFault(end + 1, 'a text that ends with a quote', text.slice(end));
      end = close;
    } else if (colon === null && text.charAt(end) === ':' && KEY.test(text.slice(start, end))) colon = end;
    end += 1;
  }
  const valueAt = colon === null ? start : colon + 1;
  return {
    kind: 'term',
    at: start,
    text: text.slice(start, end),
    key: colon === null ? null : text.slice(start, colon),
    value: text.slice(valueAt, end).replaceAll(QUOTE, ''),
    valueAt,
  };
}
