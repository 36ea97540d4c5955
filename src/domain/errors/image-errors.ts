import type { ErrorEntry } from './error-entry.js';

const BUILD_AGAIN = 'Build again and upload the whole file.';
const SIGN_AGAIN = 'Sign the image again.';
const UPLOAD_THE_APPLICATION = 'Upload build/<project>.bin.';

/** Why a file is not taken as an image that devices may install. */
export const IMAGE_ERRORS = {
  IMAGE_NOT_AN_APPLICATION: {
    status: 422,
    meaning: 'The file is a merged flash image, a bootloader, an ELF file, otadata …; the detail says which.',
    example:
      'This is a partition table, not an application; upload build/<project>.bin, which holds the application alone.',
    advice: UPLOAD_THE_APPLICATION,
  },
  IMAGE_IS_TEXT: {
    status: 422,
    meaning: 'The file is text: a Git LFS pointer, an error page, Base64 …; the detail says which.',
    example:
      'This is a Git LFS pointer, not the image itself; run "git lfs pull" and upload the file that it brings.',
    advice: `Do what the detail says. ${UPLOAD_THE_APPLICATION}`,
  },
  IMAGE_TRUNCATED: {
    status: 422,
    meaning: 'The image is cut off.',
    example:
      'The file ends in segment 2 of 6, 1024 bytes too early: it was cut off. Build the image again and upload it whole.',
    advice: BUILD_AGAIN,
  },
  IMAGE_HEADER_INVALID: {
    status: 422,
    meaning: 'The first byte of the image is damaged.',
    example:
      'The image is damaged: it begins with 0xe8 instead of 0xe9; build the image again and upload it whole.',
    advice: BUILD_AGAIN,
  },
  IMAGE_SEGMENTS_INVALID: {
    status: 422,
    meaning: 'The segment table of the image cannot be right.',
    example:
      'The image says that it has 17 segments; devices take 1 to 16. Build the image again and upload it whole.',
    advice: BUILD_AGAIN,
  },
  IMAGE_CHECKSUM_MISMATCH: {
    status: 422,
    meaning: 'The bytes of the image do not fit its checksum.',
    example:
      'The image is damaged: its checksum is 0x5a, its bytes give 0x5b; build the image again and upload it whole.',
    advice: BUILD_AGAIN,
  },
  IMAGE_HASH_MISMATCH: {
    status: 422,
    meaning: 'The bytes of the image do not fit the SHA-256 at its end.',
    example:
      'The image is damaged: its bytes do not have the SHA-256 that stands at its end; build the image again and upload it whole.',
    advice: BUILD_AGAIN,
  },
  IMAGE_TRAILING_BYTES: {
    status: 422,
    meaning: 'Padding, or something else that is no signature, follows the image.',
    example:
      'The image ends at byte 327920, and what follows is no signature; upload build/<project>.bin as the build or espsecure made it.',
    advice: 'Upload the file as the build or espsecure made it.',
  },
  IMAGE_SIGNATURE_MALFORMED: {
    status: 422,
    meaning: 'A signature block is damaged or of no known kind.',
    example: 'Signature block 0 is damaged or of no known kind; sign the image again.',
    advice: SIGN_AGAIN,
  },
  IMAGE_SIGNATURE_CRC_MISMATCH: {
    status: 422,
    meaning: 'The checksum of a signature block is wrong.',
    example: 'Signature block 0 has a wrong checksum although its signature holds; sign the image again.',
    advice: SIGN_AGAIN,
  },
  IMAGE_SIGNATURE_DIGEST_MISMATCH: {
    status: 422,
    meaning: 'The signature was made for other bytes.',
    example: 'Signature block 0 was made for other bytes; sign the image that you publish.',
    advice: 'Sign the image that you publish.',
  },
  IMAGE_SIGNATURE_INVALID: {
    status: 422,
    meaning: 'The signature was not made with the key beside it.',
    example: 'Signature block 0 was not made with the key that stands beside it; sign the image again.',
    advice: SIGN_AGAIN,
  },
  IMAGE_NOT_TRUSTED: {
    status: 422,
    meaning: 'No key of TRUSTED_SIGNING_KEYS has signed the image.',
    example:
      'The file has no Secure Boot v2 signature, and this server takes only what a trusted key has signed.',
    advice: 'Sign the image with one of the keys in TRUSTED_SIGNING_KEYS of the server.',
  },
  IMAGE_REQUIRED: {
    status: 422,
    meaning: 'The file is no ESP32 application image, and REQUIRE_ESP_IMAGE is true, as it is by default.',
    example:
      'This is a zip archive, which an ESP32 cannot boot; unpack it and upload the image that is in it. This server takes only ESP32 application images. If it is meant so, send allow_unknown_format=true.',
    advice: `${UPLOAD_THE_APPLICATION} To publish the file all the same, send allow_unknown_format=true.`,
    command: 'To publish it all the same: --allow-unknown-format.',
  },
  IMAGE_VERSION_MISMATCH: {
    status: 422,
    meaning: 'A device that runs the image would say another version or build than it is published as.',
    example:
      'The image says that it is "1.1.0+2", and is published as 1.1.0 build 57: a device that installs it would be offered it again for ever. Set PROJECT_VER to "1.1.0+57" and build again, or publish it as 1.1.0 build 2. If it is meant so, send allow_version_mismatch=true.',
    advice:
      'Set PROJECT_VER to what you publish, and build again. To publish it all the same, send allow_version_mismatch=true.',
    command: 'To publish it all the same: --allow-version-mismatch.',
  },
  IMAGE_VERSION_UNPARSABLE: {
    status: 422,
    meaning: 'The version in the image cannot be ordered: its device could not be offered any update again.',
    example:
      'The image says that it is "2f061cb", which cannot be ordered, and is published as 1.2.1: a device that installs it could not be offered any update again. Set PROJECT_VER to "1.2.1" and build again; what can be ordered looks like 1.2.3, v1.2.3, 1.2.3-rc.1, 1.2.3+45, 1.2, 1.2.3.4, 2024.03.1 and git describe output such as v1.2.0-3-gabc1234. If it is meant so, send allow_unparsable_version=true.',
    advice:
      'Set PROJECT_VER to what you publish, and build again. To publish it all the same, send allow_unparsable_version=true.',
    command: 'To publish it all the same: --allow-unparsable-version.',
  },
} as const satisfies Readonly<Record<string, ErrorEntry>>;
