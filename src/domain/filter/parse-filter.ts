import { EVERYTHING, type Filter } from './filter.js';
import { FilterFault, tokensOf, type TermToken, type Token } from './tokens.js';
import { filterOfTerm } from './terms.js';

/** In characters. */
export const MAX_FILTER_LENGTH = 2_000;
const MAX_TERMS = 100;
const MAX_DEPTH = 20;
/** Each stands for all terms of its filter, once it is resolved. */
const MAX_GROUP_TERMS = 10;
const UNWANTED = /(?![\t\n\r])[\p{Cc}\p{Cs}]/u;

/**
 * Reads a filter as people write searches: terms that must all hold, `OR` between groups of them, parentheses, `-` before
 * what must not hold. An empty text is every device.
 * @throws FilterFault with the place of the fault and what was expected there
 */
export function parseFilter(text: string): Filter {
  if (text.length > MAX_FILTER_LENGTH) {
    throw new FilterFault(
      MAX_FILTER_LENGTH + 1,
      `at most ${MAX_FILTER_LENGTH} characters`,
      text.slice(MAX_FILTER_LENGTH),
    );
  }
  const unwanted = UNWANTED.exec(text);
  if (unwanted) throw new FilterFault(unwanted.index + 1, 'text without control characters', unwanted[0]);
  const tokens = tokensOf(text);
  const terms = tokens.filter((token) => token.kind === 'term');
  refuseMore(terms, MAX_TERMS, 'terms');
  refuseMore(
    terms.filter(({ key }) => key === 'group'),
    MAX_GROUP_TERMS,
    'groups',
  );
  const reader = new Reader(tokens, text.length);
  return tokens.length === 0 ? EVERYTHING : reader.whole();
}

function refuseMore(terms: readonly TermToken[], most: number, what: string): void {
  const tooMany = terms[most];
  if (tooMany) throw new FilterFault(tooMany.at + 1, `at most ${most} ${what}`, tooMany.text);
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
