import type { AppDescriptor } from './app-descriptor.js';
import type { FlashSettings } from './image-header.js';
import type { SignatureBlock, SignatureErrorCode } from './signature-sector.js';

/** What an ESP32 application image says of itself. */
export interface EspImage {
  readonly chipId: number;
  readonly flash: FlashSettings;
  readonly entryAddress: number;
  /** Major × 100 + minor. */
  readonly minChipRevision: number;
  /** Major × 100 + minor; null when there is no limit. */
  readonly maxChipRevision: number | null;
  readonly segments: readonly Segment[];
  /** Bytes of the image with its hash, without a signature. */
  readonly imageSize: number;
  /** The byte that all bytes of all segments are XORed to. */
  readonly checksum: number;
  /**
   * The SHA-256 at the end of the image, in lower-case hex: what a device can say of its slot
   * (`esp_partition_get_sha256`). It is not the hash of the file. null when the build left it out.
   */
  readonly validationHash: string | null;
  readonly app: AppDescriptor;
  /**
   * The 16 bytes where ESP-IDF's linker puts a custom descriptor, in hex; null when they are zero or not there. The
   * format does not tell a custom descriptor from other constants.
   */
  readonly customDescriptor: string | null;
  readonly signature: Signature;
}

export interface Segment {
  readonly loadAddress: number;
  /** Bytes. */
  readonly length: number;
}

export type Signature =
  | { readonly scheme: 'none' }
  /** Its public key is only in the device, so it is recognised and not verified. */
  | { readonly scheme: 'secure-boot-v1' }
  | { readonly scheme: 'secure-boot-v2'; readonly blocks: readonly SignatureBlock[] };

/** Why something that claims to be an application image is none that a device would boot. */
export type ImageErrorCode =
  | 'IMAGE_NOT_AN_APPLICATION'
  | 'IMAGE_IS_TEXT'
  | 'IMAGE_TRUNCATED'
  | 'IMAGE_HEADER_INVALID'
  | 'IMAGE_SEGMENTS_INVALID'
  | 'IMAGE_CHECKSUM_MISMATCH'
  | 'IMAGE_HASH_MISMATCH'
  | 'IMAGE_TRAILING_BYTES'
  | SignatureErrorCode;

/** What a file is, judged as something that devices are to install. */
export type ImageVerdict =
  /** An application image that is whole. */
  | { readonly kind: 'application'; readonly image: EspImage; readonly warnings: readonly string[] }
  /** What no device should be given. `image`: what could be read of it all the same. */
  | {
      readonly kind: 'refused';
      readonly code: ImageErrorCode;
      readonly reason: string;
      readonly image: EspImage | null;
    }
  /** Something else, of which nothing could be checked. */
  | { readonly kind: 'unknown'; readonly reason: string };

/** All that one pass over a file says. */
export interface FileReading {
  /** Bytes. */
  readonly size: number;
  /** SHA-256 of the file, lower-case hex. */
  readonly hash: string;
  readonly verdict: ImageVerdict;
}
