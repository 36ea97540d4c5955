/** Where a text stops being JSON; counted from 1, in UTF-16 code units. */
export interface JsonSyntaxError {
  readonly line: number;
  readonly column: number;
  /** What should stand there. */
  readonly expected: string;
}

const WHITESPACE = /[ \t\n\r]*/y;
// eslint-disable-next-line no-control-regex -- RFC 8259 §7 forbids exactly these in strings
const STRING_PART = /[^"\\\u0000-\u001f]*(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))?/y;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const WORD = /true|false|null/y;

class Unexpected {
  constructor(
    readonly at: number,
    readonly expected: string,
  ) {}
}

/**
 * Finds where a text that `JSON.parse` refuses stops being JSON, whose own messages do not always say it.
 * Goes through nested values without recursion: a body may be as deep as it is long.
 * @returns null when the text is JSON
 * @see RFC 8259
 */
export function findJsonSyntaxError(text: string): JsonSyntaxError | null {
  const unexpected = scan(text);
  if (!unexpected) return null;
  const before = text.slice(0, unexpected.at).split('\n');
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1, expected: unexpected.expected };
}

function scan(text: string): Unexpected | null {
  const closers: ('}' | ']')[] = [];
  let at = 0;

  const skip = (pattern: RegExp): boolean => {
    pattern.lastIndex = at;
    const length = pattern.exec(text)?.[0].length ?? 0;
    at += length;
    return length > 0;
  };
  const next = (): string => {
    skip(WHITESPACE);
    return text[at] ?? '';
  };
  const take = (character: string): boolean => {
    if (next() !== character) return false;
    at += 1;
    return true;
  };
  const string = (): Unexpected | null => {
    at += 1;
    while (skip(STRING_PART));
    if (text[at] !== '"') return new Unexpected(at, text[at] === '\\' ? 'a valid escape' : '"');
    at += 1;
    return null;
  };
  const name = (): Unexpected | null => {
    if (next() !== '"') return new Unexpected(at, 'a name in double quotes');
    return string() ?? (take(':') ? null : new Unexpected(at, '":"'));
  };
  /** Up to the first value in it that is not a list or an object, or the end of an empty one. */
  const value = (): Unexpected | null => {
    for (;;) {
      if (take('{')) {
        if (take('}')) return null;
        closers.push('}');
        const unexpected = name();
        if (unexpected) return unexpected;
      } else if (take('[')) {
        if (take(']')) return null;
        closers.push(']');
      } else if (next() === '"') return string();
      else return skip(WORD) || skip(NUMBER) ? null : new Unexpected(at, 'a value');
    }
  };

  for (;;) {
    const unexpected = value();
    if (unexpected) return unexpected;
    let closer = closers.at(-1);
    while (closer !== undefined && take(closer)) {
      closers.pop();
      closer = closers.at(-1);
    }
    if (closer === undefined) return next() === '' ? null : new Unexpected(at, 'the end');
    if (!take(',')) return new Unexpected(at, `"," or "${closer}"`);
    const unnamed = closer === '}' ? name() : null;
    if (unnamed) return unnamed;
  }
}
