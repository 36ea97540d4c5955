import { HttpException } from '@nestjs/common';
import { isDatabaseTrouble } from '../database/database-error.js';
import { NoConnectionFree } from '../database/no-connection-free.js';
import {
  DomainError,
  ERRORS,
  type ErrorCode,
  type TransportCode,
  type Violations,
} from '../domain/errors.js';
import { say, type Property, type Sentence } from '../domain/sentence.js';
import { wireName } from './wire-names.js';

/** Messages by field: `{"version": ["version must be …"]}`. */
export type FieldErrors = Readonly<Record<string, readonly string[]>>;

/** A refusal that is about HTTP itself. `detail` is one sentence that a person may read and act on. */
export class TransportError extends Error {
  override readonly name = 'TransportError';

  constructor(
    readonly code: TransportCode,
    detail: string,
    readonly headers: Readonly<Record<string, string>> = {},
    readonly fieldErrors?: FieldErrors,
  ) {
    super(detail);
  }
}

/** An error as the client may see it. */
export interface Problem {
  readonly status: number;
  readonly code: ErrorCode;
  readonly detail: string;
  readonly errors?: FieldErrors;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Turns whatever was thrown into what the client is told; what nobody foresaw says nothing about the inside. */
export function toProblem(error: unknown): Problem {
  if (error instanceof DomainError) {
    const { code, sentence, violations, retryAfterSeconds } = error;
    return { ...problem(code, say(sentence, wireName), retryAfterSeconds), ...fieldErrorsOf(violations) };
  }
  if (error instanceof TransportError) {
    const { code, message, headers, fieldErrors } = error;
    const base = problem(code, message);
    return {
      ...base,
      headers: { ...base.headers, ...headers },
      ...(fieldErrors && { errors: fieldErrors }),
    };
  }
  if (error instanceof NoConnectionFree) {
    return problem('DATABASE_UNAVAILABLE', 'All connections to the database are in use; try again shortly.');
  }
  if (isDatabaseTrouble(error)) {
    return problem('DATABASE_UNAVAILABLE', 'The database cannot do this at the moment; try again shortly.');
  }
  if (error instanceof HttpException) return fromStatus(error.getStatus(), sentenceOf(error));
  return INTERNAL;
}

function fieldErrorsOf(violations: Violations): Pick<Problem, 'errors'> {
  const entries = Object.entries(violations) as [Property, Sentence][];
  if (entries.length === 0) return {};
  return {
    errors: Object.fromEntries(
      entries.map(([property, sentence]) => [wireName(property), [say(sentence, wireName)]]),
    ),
  };
}

/** Seconds after which to try again; spread out so that a fleet does not come back as one. */
function retryAfterSeconds(random: () => number = Math.random): number {
  return 2 + Math.floor(random() * 9);
}

function problem(code: ErrorCode, detail: string, retryAfter: number | null = null): Problem {
  const { status } = ERRORS[code];
  const seconds = retryAfter ?? (status === 503 ? retryAfterSeconds() : null);
  const headers = seconds === null ? {} : { 'Retry-After': String(seconds) };
  return { status, code, detail, headers };
}

/** Express's own words for a path like `/api/%`. */
const sentenceOf = ({ message }: HttpException): string =>
  message.startsWith('Failed to decode param')
    ? 'The path of the URL has a % that two hexadecimal digits do not follow, or is not UTF-8.'
    : message;

const INTERNAL = problem(
  'INTERNAL_ERROR',
  'The server failed to handle the request. The request id finds the reason in its log.',
);

const BY_STATUS: Readonly<Record<number, ErrorCode>> = {
  400: 'BAD_REQUEST',
  401: 'UNAUTHENTICATED',
  403: 'NOT_ALLOWED',
  404: 'NOT_FOUND',
  413: 'BODY_TOO_LARGE',
  415: 'UNSUPPORTED_MEDIA_TYPE',
  416: 'RANGE_NOT_SATISFIABLE',
};

function fromStatus(status: number, detail: string): Problem {
  const code = BY_STATUS[status];
  if (code) return problem(code, detail);
  return status >= 400 && status < 500 ? problem('BAD_REQUEST', detail) : INTERNAL;
}
