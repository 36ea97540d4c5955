import type { Filter } from './filter.js';
import { FilterFault, tokensOf, type Token } from './tokens.js';
import { filterOfTerm } from './terms.js';

/** In characters. */
export const MAX_FILTER_LENGTH = 2_000;
const MAX_TERMS = 100;
const MAX_DEPTH = 20;

/**
 * Reads a filter as people write searches: terms that must all hold, `OR` between groups of them, parentheses, `-` before
 * what must not hold. An empty text is every device.
 * @throws FilterFault with the place of the fault and what was expected there
 */
export function parseFilter(text: string): Filter {
  if (text.length > MAX_FILTER_LENGTH) {
    throw new FilterFault(MAX_FILTER_LENGTH + 1, `at most ${MAX_FILTER_LENGTH} characters`, 'more');
  }
  const tokens = tokensOf(text);
  const tooMany = tokens.filter(({ kind }) => kind === 'term').at(MAX_TERMS);
  if (tooMany) throw new FilterFault(tooMany.at + 1, `at most ${MAX_TERMS} terms`, tooMany.text);
  const reader = new Reader(tokens, text.length);
  return tokens.length === 0 ? { kind: 'all', of: [] } : reader.whole();
}

class Reader {
  private next = 0;
  private depth = 0;

  constructor(
    private readonly tokens: readonly Token[],
    private readonly length: number,
  ) {}

  whole(): Filter {
    const filter = this.alternatives();
    if (this.token) throw this.fault('a term, OR or the end');
    return filter;
  }

  private get token(): Token | undefined {
    return this.tokens[this.next];
  }

  private alternatives(): Filter {
    const of = [this.conjunction()];
    while (this.token?.kind === 'OR') {
      this.next += 1;
      of.push(this.conjunction());
    }
    return of.length === 1 && of[0] ? of[0] : { kind: 'any', of };
  }

  private conjunction(): Filter {
    const of = [this.negatable()];
    while (this.token && this.token.kind !== 'OR' && this.token.kind !== ')') of.push(this.negatable());
    return of.length === 1 && of[0] ? of[0] : { kind: 'all', of };
  }

  private negatable(): Filter {
    if (this.token?.kind !== '-') return this.term();
    this.next += 1;
    return { kind: 'not', of: this.term() };
  }

  private term(): Filter {
    const { token } = this;
    if (token?.kind === 'term') {
      this.next += 1;
      return filterOfTerm(token);
    }
    if (token?.kind !== '(') throw this.fault('a term such as type:sensor');
    if (this.depth === MAX_DEPTH) throw this.fault(`at most ${MAX_DEPTH} parentheses within each other`);
    this.next += 1;
    this.depth += 1;
    const filter = this.alternatives();
    if (this.token?.kind !== ')') throw this.fault('a term or )');
    this.next += 1;
    this.depth -= 1;
    return filter;
  }

  private fault(expected: string): FilterFault {
    return new FilterFault((this.token?.at ?? this.length) + 1, expected, this.token?.text ?? '');
  }
}
