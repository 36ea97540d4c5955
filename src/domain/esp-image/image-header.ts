/** Bytes of `esp_image_header_t`, the first thing in an image. */
export const HEADER_BYTES = 24;
export const IMAGE_MAGIC = 0xe9;
/** `ESP_IMAGE_MAX_SEGMENTS` */
export const MAX_SEGMENTS = 16;

/** What the header says. @see esp_app_format.h of ESP-IDF */
export interface ImageHeader {
  readonly chipId: number;
  readonly segmentCount: number;
  readonly entryAddress: number;
  readonly flash: FlashSettings;
  /** Major × 100 + minor. */
  readonly minChipRevision: number;
  /** Major × 100 + minor; null when there is no limit. */
  readonly maxChipRevision: number | null;
  readonly hasHash: boolean;
}

/** How the bootloader that came with the image would set up the flash. */
export interface FlashSettings {
  /** null: a value that ESP-IDF does not know. */
  readonly mode: string | null;
  /** Bytes; null: a value that ESP-IDF does not know. */
  readonly size: number | null;
  /** As a part of the fastest clock of the chip. */
  readonly frequency: string | null;
}

const MODES = ['QIO', 'QOUT', 'DIO', 'DOUT', 'FAST_READ', 'SLOW_READ'];
const FREQUENCIES: Readonly<Record<number, string>> = { 0: '1/2', 1: '1/3', 2: '1/4', 0xf: '1/1' };
const MIB = 1024 * 1024;

/** @param bytes the first {@link HEADER_BYTES} of the file */
export function parseHeader(bytes: Buffer): ImageHeader {
  const sizeAndSpeed = bytes.readUInt8(3);
  const size = sizeAndSpeed >> 4;
  const maxChipRevision = bytes.readUInt16LE(17);
  return {
    chipId: bytes.readUInt16LE(12),
    segmentCount: bytes.readUInt8(1),
    entryAddress: bytes.readUInt32LE(4),
    flash: {
      mode: MODES[bytes.readUInt8(2)] ?? null,
      size: size < 8 ? MIB << size : null,
      frequency: FREQUENCIES[sizeAndSpeed & 0xf] ?? null,
    },
    minChipRevision: bytes.readUInt16LE(15),
    maxChipRevision: [0, 0xffff].includes(maxChipRevision) ? null : maxChipRevision,
    hasHash: bytes.readUInt8(23) !== 0,
  };
}
