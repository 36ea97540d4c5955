/** Where a text stops being JSON; counted from 1, in UTF-16 code units. */
export interface JsonFault {
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

class Fault {
  constructor(
    readonly at: number,
    readonly expected: string,
  ) {}
}

/**
 * Finds where a text that `JSON.parse` refuses stops being JSON, whose own messages do not say it for each fault.
 * Goes through nested values without recursion: a body may be as deep as it is long.
 * @returns null when the text is JSON
 * @see RFC 8259
 */
export function findJsonFault(text: string): JsonFault | null {
  const fault = scan(text);
  if (!fault) return null;
  const before = text.slice(0, fault.at).split('\n');
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1, expected: fault.expected };
}

function scan(text: string): Fault | null {
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
  const string = (): Fault | null => {
    at += 1;
    while (skip(STRING_PART));
    if (text[at] !== '"') return new Fault(at, text[at] === '\\' ? 'a valid escape' : '"');
    at += 1;
    return null;
  };
  const name = (): Fault | null => {
    if (next() !== '"') return new Fault(at, 'a name in double quotes');
    return string() ?? (take(':') ? null : new Fault(at, '":"'));
  };
  /** Up to the first value in it that is not a list or an object, or the end of an empty one. */
  const value = (): Fault | null => {
    for (;;) {
      if (take('{')) {
        if (take('}')) return null;
        closers.push('}');
        const fault = name();
        if (fault) return fault;
      } else if (take('[')) {
        if (take(']')) return null;
        closers.push(']');
      } else if (next() === '"') return string();
      else return skip(WORD) || skip(NUMBER) ? null : new Fault(at, 'a value');
    }
  };

  for (;;) {
    const fault = value();
    if (fault) return fault;
    let closer = closers.at(-1);
    while (closer !== undefined && take(closer)) {
      closers.pop();
      closer = closers.at(-1);
    }
    if (closer === undefined) return next() === '' ? null : new Fault(at, 'the end');
    if (!take(',')) return new Fault(at, `"," or "${closer}"`);
    const unnamed = closer === '}' ? name() : null;
    if (unnamed) return unnamed;
  }
}
