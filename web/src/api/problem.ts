/** An answer of the server that is a refusal, or none at all. Its message is for a person, as the server says it. */
export class Problem extends Error {
  override readonly name = 'Problem';

  /**
   * @param status of HTTP; 0: the server did not answer
   * @param code stable, of docs/errors.md
   * @param requestId by which the server's log tells of it
   * @param errors what is wrong with fields, by their names
   */
  constructor(
    readonly detail: string,
    readonly status: number,
    readonly code: string,
    readonly requestId: string | null,
    readonly errors: Readonly<Record<string, readonly string[]>> = {},
  ) {
    super(detail);
  }

  /** @returns what is wrong with a field, if anything */
  of(field: string): string | undefined {
    return this.errors[field]?.join(' ');
  }
}

interface ProblemBody {
  readonly detail?: string;
  readonly title?: string;
  readonly code?: string;
  readonly request_id?: string;
  readonly errors?: Readonly<Record<string, readonly string[]>>;
}

/** @param body parsed, if it could be */
export function problemOf(response: Response, body: unknown): Problem {
  const { detail, title, code, request_id, errors } = (isObject(body) ? body : {}) as ProblemBody;
  return new Problem(
    detail ?? title ?? `The server answered ${response.status} ${response.statusText}`.trim(),
    response.status,
    code ?? '',
    request_id ?? response.headers.get('X-Request-Id'),
    errors,
  );
}

/** For what is thrown where a problem is expected. */
export function asProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  return new Problem('The server did not answer. Is it running?', 0, '', null);
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;
