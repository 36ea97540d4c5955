import { quoted } from '../quoted.js';

/** As much of what is wrong as a sentence shows, in characters. */
const LONGEST_SHOWN = 40;

/** Where a text is no filter, and what would be one. */
export class FilterFault extends Error {
  override readonly name = 'FilterFault';
  /** What stands there, cut; empty at the end. */
  readonly found: string;

  constructor(
    /** The place in the text, counted in UTF-16 units from 1. */
    readonly place: number,
    /** What was expected there: `a version such as 1.2.0`. */
    readonly expected: string,
    found: string,
  ) {
    const shown = found.length > LONGEST_SHOWN ? `${found.slice(0, LONGEST_SHOWN)}…` : found;
    super(
      `At character ${place} there is ${shown === '' ? 'the end' : quoted(shown)}; expected ${expected}.`,
    );
    this.found = found.slice(0, LONGEST_SHOWN);
  }
}

export type Token =
  { readonly kind: '(' | ')' | '-' | 'OR'; readonly at: number; readonly text: string } | TermToken;

/** `key:value`, or a word alone: then the key is null. */
export interface TermToken {
  readonly kind: 'term';
  readonly at: number;
  /** As it was written. */
  readonly text: string;
  readonly key: string | null;
  /** Without its quotes. */
  readonly value: string;
  /** Where the value begins. */
  readonly valueAt: number;
  /** The value begins with a quote, so that nothing in it has a meaning of its own. */
  readonly isQuoted: boolean;
}

const KEY = /^[A-Za-z][\w.]*$/;
/** The beginning of a MAC address, which may begin with letters as a key does. */
export const MAC_BEGINNING = /^[0-9a-f]{2}([:-][0-9a-f]{2}){0,4}[:-]([0-9a-f]{1,2})?$/i;
const QUOTED = /"(?:[^"\\]|\\.)*"/sy;
const WORDS = /^(or|and|not)$/i;

/** @throws FilterFault for a quote that is not closed, a minus before nothing, and words that only look like operators */
export function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < text.length) {
    const character = text.charAt(at);
    if (/\s/.test(character)) at += 1;
    else {
      const token = tokenAt(text, at, character);
      tokens.push(token);
      at += token.text.length;
    }
  }
  return tokens;
}

function tokenAt(text: string, at: number, character: string): Token {
  if (character === '(' || character === ')') return { kind: character, at, text: character };
  if (character === '-') {
    // What somebody excludes with a space in between could be something else than they mean.
    const next = text.charAt(at + 1);
    if (/^[\s)]?$/.test(next)) throw new FilterFault(at + 2, 'a term right after the -', next);
    return { kind: '-', at, text: '-' };
  }
  const term = termAt(text, at);
  if (term.text === 'OR') return { kind: 'OR', at, text: 'OR' };
  if (WORDS.test(term.text)) {
    const forms =
      'a term: beside each other all must hold, OR stands between alternatives, - before what must not hold';
    throw new FilterFault(at + 1, `${forms}; for the word itself, put it into quotes`, term.text);
  }
  return term;
}

function termAt(text: string, start: number): TermToken {
  let end = start;
  let colon: number | null = null;
  while (end < text.length && !/[\s()]/.test(text.charAt(end))) {
    if (text.charAt(end) === '"') end = endOfQuoted(text, end);
    else {
      if (colon === null && text.charAt(end) === ':' && KEY.test(text.slice(start, end))) colon = end;
      end += 1;
    }
  }
  const whole = text.slice(start, end);
  const isPair = colon !== null && !MAC_BEGINNING.test(whole);
  const valueAt = isPair && colon !== null ? colon + 1 : start;
  const value = text.slice(valueAt, end);
  return {
    kind: 'term',
    at: start,
    text: whole,
    key: isPair ? text.slice(start, valueAt - 1) : null,
    value: unquoted(value),
    valueAt,
    isQuoted: value.startsWith('"'),
  };
}

function endOfQuoted(text: string, at: number): number {
  QUOTED.lastIndex = at;
  const [all] = QUOTED.exec(text) ?? [];
  if (all === undefined) throw new FilterFault(at + 1, 'a text that ends with a quote', text.slice(at));
  return at + all.length;
}

/** In quotes, a backslash makes an ordinary character of a quote or of another backslash. */
const unquoted = (text: string): string =>
  text.replace(/"((?:[^"\\]|\\.)*)"/gs, (_quoted, inner: string) => inner.replace(/\\(["\\])/g, '$1'));
