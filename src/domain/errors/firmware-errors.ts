import type { ErrorEntry } from './error-entry.js';

/** Errors of uploading, registering, changing and storing firmware. */
export const FIRMWARE_ERRORS = {
  MIN_VERSION_ABOVE_VERSION: {
    status: 400,
    meaning: 'min_current_version is higher than the version itself.',
    example: 'min_current_version 1.2.0 is above the version 1.1.0 itself.',
    advice: 'Lower min_current_version: otherwise no device could ever get this firmware.',
    command: 'Pass a lower --min-version: otherwise no device could ever get this firmware.',
  },
  FIRMWARE_PATH_INVALID: {
    status: 400,
    meaning: 'binary_path points outside the store.',
    example: 'binary_path must be what the upload answered: a path within the firmware store.',
    advice: 'Send the binary_path that the upload returned.',
    command: 'Pass the --binary-path that the upload returned.',
  },
  FIRMWARE_FILE_MISSING: {
    status: 400,
    meaning: 'The file does not exist in the store.',
    example: 'There is no file scales_bridge_tab5/v1.0.0.bin in the firmware store; upload it first.',
    advice: 'Upload the file first.',
    command: 'Upload the file first: ota upload.',
  },
  FIRMWARE_SIZE_MISMATCH: {
    status: 400,
    meaning: 'The stored file has a different size.',
    example: 'The stored file has 327920 bytes, not 327921.',
    advice: 'Send the file_size that the upload returned.',
    command: 'Pass the --file-size that the upload returned.',
  },
  FIRMWARE_HASH_MISMATCH: {
    status: 400,
    meaning: 'The stored file has a different hash.',
    example: 'The stored file has another SHA-256 than file_hash.',
    advice: 'Send the file_hash that the upload returned.',
    command: 'Pass the --file-hash that the upload returned.',
  },
  FIRMWARE_FILE_EMPTY: {
    status: 400,
    meaning: 'The uploaded file is empty.',
    example: 'The uploaded file is empty.',
    advice: 'Upload the image that the build produced.',
  },
  UPLOAD_FILE_MISSING: {
    status: 400,
    meaning: 'The form has no part named "file".',
    example: 'The file came as "firmware": name its part "file", as in curl -F file=@firmware.bin.',
    advice: 'Send the image as a part named "file", with a filename.',
    command: 'A proxy in front of the server may change uploads: try without it.',
  },
  UPLOAD_MALFORMED: {
    status: 400,
    meaning: 'The multipart body is truncated or malformed.',
    example: 'The multipart body is broken off or malformed.',
    advice: 'Upload the file again.',
  },
  FIRMWARE_NOT_FOUND: {
    status: 404,
    meaning:
      'The firmware does not exist. For a download, it may also be inactive or a draft, or its file is missing.',
    example: 'There is no firmware with the id 77.',
    advice:
      "List the firmware to see which exist. Download a draft with an admin's token; for a missing file, see the server's log.",
    command: 'ota list shows the existing firmware.',
    device:
      'After a download: check again, because the release may have been withdrawn. After a report: discard it.',
  },
  UPLOAD_STALLED: {
    status: 408,
    meaning: 'The upload stalled for too long.',
    example: 'The upload stood still for too long and was given up.',
    advice: 'Upload the file again.',
  },
  FIRMWARE_EXISTS: {
    status: 409,
    meaning: 'A firmware with this device_type, version and build_number already exists.',
    example:
      'scales_bridge_tab5 1.0.0 build 1 is registered already; publish a higher build_number or version.',
    advice: 'Increase the build_number or the version.',
    command: 'Publish it with a higher --build or --version.',
  },
  FIRMWARE_IN_USE: {
    status: 409,
    meaning: 'purge=true was sent for a firmware that was offered to devices.',
    example:
      'Firmware 7 was offered to devices, and its history stays: deactivate it instead (DELETE without purge).',
    advice: 'Deactivate it instead: DELETE without purge.',
    command: 'Deactivate it instead; its row and logs remain: ota deactivate.',
  },
  CHIP_MISMATCH: {
    status: 409,
    meaning: 'The image is for a different chip than the one that the device_type uses.',
    example:
      'The image is for ESP32-C3, and this device_type runs on ESP32-P4. If it is meant so, send allow_chip_change=true.',
    advice: 'Check that it is the right file. To publish it anyway, send allow_chip_change=true.',
    command: 'To publish it anyway: --allow-chip-change.',
  },
  SECURE_VERSION_LOWER: {
    status: 409,
    meaning: 'The secure version of the image is lower than that of the newest stable release.',
    example:
      'The image has the secure version 0, below the 1 of the newest stable release: devices with anti-rollback refuse it. If it is meant so, send allow_lower_secure_version=true.',
    advice: 'Increase the secure version. To publish it anyway, send allow_lower_secure_version=true.',
    command: 'To publish it anyway: --allow-lower-secure-version.',
  },
  FIRMWARE_PRUNED: {
    status: 409,
    meaning: 'The stored file was removed to save space.',
    example:
      'The file of firmware 7 was removed to save space; upload the same file again, then set is_active.',
    advice: 'Upload the same file again, then set is_active.',
    command: 'Upload the same file again with ota upload, then: ota update --active.',
  },
  UPLOAD_TOO_LARGE: {
    status: 413,
    meaning: 'The file is larger than MAX_UPLOAD_BYTES.',
    example: 'The file is larger than the 67108864 bytes that this server takes (MAX_UPLOAD_BYTES).',
    advice:
      'Check that it is not the merged flash image. If it is not, increase MAX_UPLOAD_BYTES on the server.',
  },
  FIRMWARE_FILE_DAMAGED: {
    status: 503,
    meaning: 'The stored file differs from what was registered.',
    example: 'The stored file is damaged and is not served.',
    advice: 'Restore the file from the backup, or publish a new build.',
    device: 'Try again at the next check: an operator has to restore the file.',
  },
  STORE_UNAVAILABLE: {
    status: 503,
    meaning: 'The firmware store cannot be read or written.',
    example: 'The disk of the firmware store is full (ENOSPC); nothing was changed.',
    advice:
      "Check the firmware store's disk, or its bucket and credentials: it may be full or away. Try again after Retry-After seconds.",
    device: 'Try again after Retry-After seconds.',
  },
} as const satisfies Readonly<Record<string, ErrorEntry>>;
