/**
 * What can go wrong, as stable codes. Rules and services throw {@link DomainError}; only `src/http/` knows which
 * status a code becomes. Every code has a line in docs/errors.md.
 */
export const ERROR_CODES = [
  'VALIDATION_FAILED',
  'MIN_VERSION_ABOVE_VERSION',
  'FIRMWARE_PATH_INVALID',
  'FIRMWARE_FILE_MISSING',
  'FIRMWARE_SIZE_MISMATCH',
  'FIRMWARE_HASH_MISMATCH',
  'FIRMWARE_FILE_EMPTY',
  'FIRMWARE_EXISTS',
  'FIRMWARE_NOT_FOUND',
  'FIRMWARE_IN_USE',
  'FIRMWARE_FILE_DAMAGED',
  'FIRMWARE_PRUNED',
  'IMAGE_NOT_AN_APPLICATION',
  'IMAGE_IS_TEXT',
  'IMAGE_TRUNCATED',
  'IMAGE_HEADER_INVALID',
  'IMAGE_SEGMENTS_INVALID',
  'IMAGE_CHECKSUM_MISMATCH',
  'IMAGE_HASH_MISMATCH',
  'IMAGE_TRAILING_BYTES',
  'IMAGE_SIGNATURE_MALFORMED',
  'IMAGE_SIGNATURE_CRC_MISMATCH',
  'IMAGE_SIGNATURE_DIGEST_MISMATCH',
  'IMAGE_SIGNATURE_INVALID',
  'IMAGE_NOT_TRUSTED',
  'IMAGE_REQUIRED',
  'IMAGE_VERSION_MISMATCH',
  'IMAGE_VERSION_UNPARSABLE',
  'CHIP_MISMATCH',
  'SECURE_VERSION_LOWER',
  'UPLOAD_FILE_MISSING',
  'UPLOAD_TOO_LARGE',
  'UPLOAD_MALFORMED',
  'UPLOAD_STALLED',
  'STORE_UNAVAILABLE',
  'OVERLOADED',
  'INVALID_CREDENTIALS',
  'TOO_MANY_ATTEMPTS',
  'DOWNLOAD_SIGNATURE_INVALID',
  'DOWNLOAD_SIGNATURE_EXPIRED',
] as const;

export type ErrorCode = (typeof ERROR_CODES)[number];

/** Messages by field, in wire names: `{"version": ["version must be …"]}`. */
export type FieldErrors = Readonly<Record<string, readonly string[]>>;

/** A refusal with a reason. `message` is one sentence that a person may read and act on. */
export class DomainError extends Error {
  override readonly name = 'DomainError';

  constructor(
    readonly code: ErrorCode,
    message: string,
    readonly fieldErrors?: FieldErrors,
    /** When it may be tried again; null: no more is known than the status says. */
    readonly retryAfterSeconds: number | null = null,
  ) {
    super(message);
  }
}
