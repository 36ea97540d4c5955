import type { ProblemCode } from './problem.js';

/** What a detail looks like, for the examples of the API document. */
export const DETAIL_EXAMPLES: Readonly<Record<ProblemCode, string>> = {
  BAD_REQUEST: 'The body could not be read.',
  MALFORMED_JSON: 'The body is not valid JSON.',
  HTTPS_REQUIRED: 'This server answers HTTPS only; use https:// in the URL.',
  VALIDATION_FAILED: 'device_id must not be less than 1.',
  MIN_VERSION_ABOVE_VERSION: 'min_current_version 1.2.0 is above the version 1.1.0 itself.',
  FIRMWARE_PATH_INVALID: 'binary_path must be what the upload answered: a path within the firmware store.',
  FIRMWARE_FILE_MISSING:
    'There is no file scales_bridge_tab5/v1.0.0.bin in the firmware store; upload it first.',
  FIRMWARE_SIZE_MISMATCH: 'The stored file has 327920 bytes, not 327921.',
  FIRMWARE_HASH_MISMATCH: 'The stored file has another SHA-256 than file_hash.',
  FIRMWARE_FILE_EMPTY: 'The uploaded file is empty.',
  UPLOAD_FILE_MISSING: 'The multipart body has no part named "file".',
  UPLOAD_MALFORMED: 'The multipart body is broken off or malformed.',
  UNAUTHENTICATED: 'This needs a valid token: log in and send it as "Authorization: Bearer <token>".',
  INVALID_CREDENTIALS: 'The user name or the password is wrong.',
  FORBIDDEN: 'You may not do this.',
  DOWNLOAD_SIGNATURE_INVALID: 'The download URL is not one that a check answered.',
  DOWNLOAD_SIGNATURE_EXPIRED: 'The download URL has expired; check again for a new one.',
  NOT_FOUND: 'There is no such endpoint.',
  FIRMWARE_NOT_FOUND: 'There is no firmware with the id 77.',
  BODY_TIMEOUT: 'The body did not arrive in time.',
  UPLOAD_STALLED: 'The upload stood still for too long and was given up.',
  FIRMWARE_EXISTS:
    'scales_bridge_tab5 1.0.0 build 1 is registered already; publish a higher build_number or version.',
  BODY_TOO_LARGE: 'The body is larger than this endpoint takes.',
  UPLOAD_TOO_LARGE: 'The file is larger than the 67108864 bytes that this server takes (MAX_UPLOAD_BYTES).',
  UNSUPPORTED_MEDIA_TYPE: 'Send the body as application/json.',
  RANGE_NOT_SATISFIABLE: 'The file has 327920 bytes; the range begins past its end.',
  INTERNAL_ERROR: 'The server failed to handle the request. The request id finds the reason in its log.',
  NOT_READY: 'Not ready: the database cannot be used at the moment.',
  DATABASE_UNAVAILABLE: 'The database cannot be reached at the moment; try again shortly.',
  FIRMWARE_FILE_DAMAGED: 'The stored file is damaged and is not served.',
  STORE_UNAVAILABLE: 'The firmware store cannot be used at the moment.',
};
