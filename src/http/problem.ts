import { HttpException } from '@nestjs/common';
import { isDatabaseTrouble } from '../database/database-fault.js';
import { DomainError, type ErrorCode, type FieldErrors } from '../domain/errors.js';

/** What can go wrong between the network and a feature; what a feature itself refuses is an {@link ErrorCode}. */
export type TransportCode =
  | 'BAD_REQUEST'
  | 'MALFORMED_JSON'
  | 'HTTPS_REQUIRED'
  | 'UNAUTHENTICATED'
  | 'FORBIDDEN'
  | 'NOT_FOUND'
  | 'METHOD_NOT_ALLOWED'
  | 'REQUEST_TIMEOUT'
  | 'BODY_TIMEOUT'
  | 'BODY_TOO_LARGE'
  | 'UNSUPPORTED_MEDIA_TYPE'
  | 'RANGE_NOT_SATISFIABLE'
  | 'HEADERS_TOO_LARGE'
  | 'INTERNAL_ERROR'
  | 'NOT_READY'
  | 'DATABASE_UNAVAILABLE';

export type ProblemCode = ErrorCode | TransportCode;

/** The one table from what went wrong to the status that says so. Every line stands in docs/errors.md. */
export const STATUS_OF: Readonly<Record<ProblemCode, number>> = {
  BAD_REQUEST: 400,
  MALFORMED_JSON: 400,
  HTTPS_REQUIRED: 400,
  VALIDATION_FAILED: 400,
  MIN_VERSION_ABOVE_VERSION: 400,
  FIRMWARE_PATH_INVALID: 400,
  FIRMWARE_FILE_MISSING: 400,
  FIRMWARE_SIZE_MISMATCH: 400,
  FIRMWARE_HASH_MISMATCH: 400,
  FIRMWARE_FILE_EMPTY: 400,
  UPLOAD_FILE_MISSING: 400,
  UPLOAD_MALFORMED: 400,
  UNAUTHENTICATED: 401,
  INVALID_CREDENTIALS: 401,
  FORBIDDEN: 403,
  DOWNLOAD_SIGNATURE_INVALID: 403,
  DOWNLOAD_SIGNATURE_EXPIRED: 403,
  NOT_FOUND: 404,
  FIRMWARE_NOT_FOUND: 404,
  METHOD_NOT_ALLOWED: 405,
  REQUEST_TIMEOUT: 408,
  BODY_TIMEOUT: 408,
  UPLOAD_STALLED: 408,
  FIRMWARE_EXISTS: 409,
  FIRMWARE_IN_USE: 409,
  CHIP_MISMATCH: 409,
  SECURE_VERSION_LOWER: 409,
  FIRMWARE_PRUNED: 409,
  BODY_TOO_LARGE: 413,
  UPLOAD_TOO_LARGE: 413,
  UNSUPPORTED_MEDIA_TYPE: 415,
  RANGE_NOT_SATISFIABLE: 416,
  IMAGE_NOT_AN_APPLICATION: 422,
  IMAGE_IS_TEXT: 422,
  IMAGE_TRUNCATED: 422,
  IMAGE_HEADER_INVALID: 422,
  IMAGE_SEGMENTS_INVALID: 422,
  IMAGE_CHECKSUM_MISMATCH: 422,
  IMAGE_HASH_MISMATCH: 422,
  IMAGE_TRAILING_BYTES: 422,
  IMAGE_SIGNATURE_MALFORMED: 422,
  IMAGE_SIGNATURE_CRC_MISMATCH: 422,
  IMAGE_SIGNATURE_DIGEST_MISMATCH: 422,
  IMAGE_SIGNATURE_INVALID: 422,
  IMAGE_NOT_TRUSTED: 422,
  IMAGE_REQUIRED: 422,
  IMAGE_VERSION_MISMATCH: 422,
  IMAGE_VERSION_UNPARSABLE: 422,
  TOO_MANY_ATTEMPTS: 429,
  HEADERS_TOO_LARGE: 431,
  INTERNAL_ERROR: 500,
  NOT_READY: 503,
  DATABASE_UNAVAILABLE: 503,
  FIRMWARE_FILE_DAMAGED: 503,
  STORE_UNAVAILABLE: 503,
  OVERLOADED: 503,
};

/** A refusal that is about HTTP itself. `detail` is one sentence that a person may read and act on. */
export class TransportError extends Error {
  override readonly name = 'TransportError';

  constructor(
    readonly code: TransportCode,
    detail: string,
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(detail);
  }
}

/** An error as the client may see it. */
export interface Problem {
  readonly status: number;
  readonly code: ProblemCode;
  readonly detail: string;
  readonly errors?: FieldErrors;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Turns whatever was thrown into what the client is told; what nobody foresaw says nothing about the inside. */
export function toProblem(error: unknown): Problem {
  if (error instanceof DomainError) {
    const { code, message, fieldErrors, retryAfterSeconds } = error;
    return { ...problem(code, message, retryAfterSeconds), ...(fieldErrors && { errors: fieldErrors }) };
  }
  if (error instanceof TransportError) {
    const base = problem(error.code, error.message);
    return { ...base, headers: { ...base.headers, ...error.headers } };
  }
  if (isDatabaseTrouble(error)) {
    return problem('DATABASE_UNAVAILABLE', 'The database cannot do this at the moment; try again shortly.');
  }
  if (error instanceof HttpException) return fromStatus(error.getStatus(), error.message);
  return INTERNAL;
}

/** Seconds after which to try again; spread out so that a fleet does not come back as one. */
function retryAfterSeconds(random: () => number = Math.random): number {
  return 2 + Math.floor(random() * 9);
}

function problem(code: ProblemCode, detail: string, retryAfter: number | null = null): Problem {
  const status = STATUS_OF[code];
  const seconds = retryAfter ?? (status === 503 ? retryAfterSeconds() : null);
  const headers = seconds === null ? {} : { 'Retry-After': String(seconds) };
  return { status, code, detail, headers };
}

const INTERNAL = problem(
  'INTERNAL_ERROR',
  'The server failed to handle the request. The request id finds the reason in its log.',
);

const BY_STATUS: Readonly<Record<number, ProblemCode>> = {
  400: 'BAD_REQUEST',
  401: 'UNAUTHENTICATED',
  403: 'FORBIDDEN',
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
