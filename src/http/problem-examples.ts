import type { ProblemCode } from './problem.js';

/** What a detail looks like, for the examples of the API document. */
export const DETAIL_EXAMPLES: Readonly<Record<ProblemCode, string>> = {
  BAD_REQUEST: 'The body could not be read.',
  MALFORMED_JSON: 'The body is not valid JSON at line 1, column 14: expected a value.',
  HTTPS_REQUIRED: 'This server answers HTTPS only; use https:// in the URL.',
  VALIDATION_FAILED: 'device_id must not be less than 1.',
  MIN_VERSION_ABOVE_VERSION: 'min_current_version 1.2.0 is above the version 1.1.0 itself.',
  FIRMWARE_PATH_INVALID: 'binary_path must be what the upload answered: a path within the firmware store.',
  FIRMWARE_FILE_MISSING:
    'There is no file scales_bridge_tab5/v1.0.0.bin in the firmware store; upload it first.',
  FIRMWARE_SIZE_MISMATCH: 'The stored file has 327920 bytes, not 327921.',
  FIRMWARE_HASH_MISMATCH: 'The stored file has another SHA-256 than file_hash.',
  FIRMWARE_FILE_EMPTY: 'The uploaded file is empty.',
  UPLOAD_FILE_MISSING: 'The file came as "firmware": name its part "file", as in curl -F file=@firmware.bin.',
  UPLOAD_MALFORMED: 'The multipart body is broken off or malformed.',
  UNAUTHENTICATED: 'This needs a valid token: log in and send it as "Authorization: Bearer <token>".',
  INVALID_CREDENTIALS: 'The user name or the password is wrong.',
  TOO_MANY_ATTEMPTS: 'Too many failed logins from this address: try again in 8 seconds.',
  FORBIDDEN: 'You may not do this.',
  DOWNLOAD_SIGNATURE_INVALID: 'The download URL is not one that a check answered.',
  DOWNLOAD_SIGNATURE_EXPIRED: 'The download URL has expired; check again for a new one.',
  NOT_FOUND: 'There is no such endpoint.',
  FIRMWARE_NOT_FOUND: 'There is no firmware with the id 77.',
  METHOD_NOT_ALLOWED: 'GET is not possible here; use POST.',
  REQUEST_TIMEOUT: 'The headers of a request did not arrive in time.',
  HEADERS_TOO_LARGE: 'The headers of the request are larger than 16 KiB.',
  BODY_TIMEOUT: 'The body did not arrive in time.',
  UPLOAD_STALLED: 'The upload stood still for too long and was given up.',
  FIRMWARE_EXISTS:
    'scales_bridge_tab5 1.0.0 build 1 is registered already; publish a higher build_number or version.',
  FIRMWARE_IN_USE: 'Firmware 7 was offered to devices: deactivate it instead, its history stays.',
  BODY_TOO_LARGE: 'The body is larger than this endpoint takes.',
  UPLOAD_TOO_LARGE: 'The file is larger than the 67108864 bytes that this server takes (MAX_UPLOAD_BYTES).',
  UNSUPPORTED_MEDIA_TYPE: 'Send the body as application/json.',
  RANGE_NOT_SATISFIABLE: 'The file has 327920 bytes; the range begins past its end.',
  INTERNAL_ERROR: 'The server failed to handle the request. The request id finds the reason in its log.',
  NOT_READY: 'Not ready: the database cannot be used at the moment.',
  DATABASE_UNAVAILABLE: 'The database cannot be reached at the moment; try again shortly.',
  FIRMWARE_PRUNED:
    'The file of firmware 7 was removed to save space; upload the same file again, then set is_active.',
  FIRMWARE_FILE_DAMAGED: 'The stored file is damaged and is not served.',
  IMAGE_NOT_AN_APPLICATION: 'This is the merged flash image; upload build/<project>.bin.',
  IMAGE_IS_TEXT:
    'This is a Git LFS pointer, not the image itself; run "git lfs pull" and upload the file that it brings.',
  IMAGE_TRUNCATED: 'The image is cut off.',
  IMAGE_HEADER_INVALID: 'The first byte of the image is damaged.',
  IMAGE_SEGMENTS_INVALID: 'The segment table of the image cannot be right.',
  IMAGE_CHECKSUM_MISMATCH: 'The bytes of the image do not fit its checksum.',
  IMAGE_HASH_MISMATCH: 'The bytes of the image do not fit the SHA-256 at its end.',
  IMAGE_TRAILING_BYTES:
    'Behind the image, which ends at byte 327920, stands something that is no signature; upload build/<project>.bin as the build or espsecure made it.',
  IMAGE_SIGNATURE_MALFORMED: 'A signature block is damaged or of no known kind.',
  IMAGE_SIGNATURE_CRC_MISMATCH: 'The checksum of a signature block is wrong.',
  IMAGE_SIGNATURE_DIGEST_MISMATCH: 'The signature was made for other bytes.',
  IMAGE_SIGNATURE_INVALID: 'The signature was not made with the key beside it.',
  IMAGE_NOT_TRUSTED:
    'The file has no Secure Boot v2 signature, and this server takes only what a trusted key has signed.',
  IMAGE_REQUIRED:
    'This is a zip archive; unpack it and upload the image that is in it. This server takes only ESP32 application images. If it is meant so, send allow_unknown_format=true.',
  IMAGE_VERSION_MISMATCH:
    'The image says that it is "1.1.0+2", and is published as 1.1.0 build 57: a device that installs it would be offered it again for ever. Set PROJECT_VER to "1.1.0+57" and build again, or publish it as 1.1.0 build 2. If it is meant so, send allow_version_mismatch=true.',
  IMAGE_VERSION_UNPARSABLE:
    'The image says that it is "2f061cb", which cannot be ordered, and is published as 1.2.1: a device that installs it could not be offered any update again. Set PROJECT_VER to "1.2.1" and build again. If it is meant so, send allow_unparsable_version=true.',
  CHIP_MISMATCH: 'The image is for ESP32-C3, and this device_type runs on ESP32-P4.',
  SECURE_VERSION_LOWER:
    'The image has the secure version 0, below the 1 of the newest stable release: devices with anti-rollback refuse it.',
  OVERLOADED: 'More arrives than can be written at the moment; try again later.',
  STORE_UNAVAILABLE: 'The firmware store cannot be used at the moment.',
};
