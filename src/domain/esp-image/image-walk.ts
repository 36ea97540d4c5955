import { DESCRIPTOR_BYTES, parseDescriptor, type AppDescriptor } from './app-descriptor.js';
import { chipName, chipOf, hex, isFlashMapped } from './chips.js';
import type { EspImage, ImageErrorCode, Segment } from './esp-image.js';
import { HEADER_BYTES, IMAGE_MAGIC, MAX_SEGMENTS, parseHeader, type ImageHeader } from './image-header.js';
import { SECTOR_BYTES } from './signature-sector.js';
import { xorOf } from './xor.js';

/**
 * Reads bytes that arrive bit by bit: it yields how many it wants at most, and is given at least one, or an empty buffer
 * when the file has ended.
 */
export type Steps<T> = Generator<number, T, Buffer>;

/** Where the walk is, and what it may ask of whoever feeds it. */
export interface WalkContext {
  /** Bytes given so far. */
  readonly offset: number;
  /** SHA-256 of the bytes given so far. */
  digest(): Buffer;
}

export type WalkResult =
  | {
      readonly kind: 'whole';
      readonly image: Omit<EspImage, 'signature'>;
      readonly warnings: readonly string[];
      readonly trailer: Trailer;
    }
  | { readonly kind: 'broken'; readonly code: ImageErrorCode; readonly reason: string };

/** What stands behind the image, up to a signature sector and what it is padded with. */
export interface Trailer {
  readonly bytes: Buffer;
  /** SHA-256 of all bytes before the place of a signature sector. */
  readonly signedHash: Buffer;
  /** More than a signature sector, so that `bytes` is not all. */
  readonly isLonger: boolean;
}

const SEGMENT_HEADER_BYTES = 8;
const CUSTOM_DESCRIPTOR_BYTES = 16;
const HASH_BYTES = 32;
const CHECKSUM_SEED = 0xef;
const CHECKSUM_ALIGNMENT = 16;
const MAX_SEGMENT_BYTES = 16 * 1024 * 1024;
const DEFAULT_MMU_PAGE = 64 * 1024;
const BUILD_AGAIN = 'build the image again and upload it whole';

class Broken extends Error {
  constructor(
    readonly code: ImageErrorCode,
    message: string,
  ) {
    super(message);
  }
}

/** Walks over an application image from its first byte to its last, as the bootloader does before it boots one. */
export function* walkImage(context: WalkContext): Steps<WalkResult> {
  try {
    return yield* walk(context);
  } catch (error) {
    if (error instanceof Broken) return { kind: 'broken', code: error.code, reason: error.message };
    throw error;
  }
}

function* walk(context: WalkContext): Steps<WalkResult> {
  const warnings: string[] = [];
  const headerBytes = yield* gather(HEADER_BYTES, 'in its header');
  const header = checkedHeader(headerBytes, warnings);
  const body = yield* walkSegments(header, context, warnings);

  const padding = CHECKSUM_ALIGNMENT - (context.offset % CHECKSUM_ALIGNMENT);
  const checksum = (yield* gather(padding, 'before its checksum')).readUInt8(padding - 1);
  if (checksum !== body.checksum) {
    throw new Broken(
      'IMAGE_CHECKSUM_MISMATCH',
      `The image is damaged: its checksum is 0x${hex(checksum, 2)}, its bytes give 0x${hex(body.checksum, 2)}; ${BUILD_AGAIN}.`,
    );
  }
  const validationHash = header.hasHash ? yield* checkedHash(context) : null;
  if (!header.hasHash)
    warnings.push('The image has no SHA-256 of its own, so that devices notice less damage.');
  return {
    kind: 'whole',
    image: {
      chipId: header.chipId,
      flash: header.flash,
      entryAddress: header.entryAddress,
      minChipRevision: header.minChipRevision,
      maxChipRevision: header.maxChipRevision,
      segments: body.segments,
      imageSize: context.offset,
      checksum,
      validationHash,
      app: body.app,
      customDescriptor: body.customDescriptor,
    },
    warnings,
    trailer: yield* readTrailer(context),
  };
}

function checkedHeader(bytes: Buffer, warnings: string[]): ImageHeader {
  const header = parseHeader(bytes);
  if (bytes[0] !== IMAGE_MAGIC) {
    throw new Broken(
      'IMAGE_HEADER_INVALID',
      `The image is damaged: it begins with 0x${hex(bytes.readUInt8(0), 2)} instead of 0xe9; ${BUILD_AGAIN}.`,
    );
  }
  if (header.segmentCount === 0 || header.segmentCount > MAX_SEGMENTS) {
    throw new Broken(
      'IMAGE_SEGMENTS_INVALID',
      `The image says that it has ${header.segmentCount} segments; devices take 1 to ${MAX_SEGMENTS}. ${capital(BUILD_AGAIN)}.`,
    );
  }
  if (!chipOf(header.chipId)) {
    warnings.push(`The image is for ${chipName(header.chipId)}, which this server does not know.`);
  }
  return header;
}

interface Body {
  readonly app: AppDescriptor;
  readonly customDescriptor: string | null;
  readonly segments: readonly Segment[];
  readonly checksum: number;
}

function* walkSegments(header: ImageHeader, context: WalkContext, warnings: string[]): Steps<Body> {
  const segments: Segment[] = [];
  let checksum = CHECKSUM_SEED;
  let app: AppDescriptor | null = null;
  let customDescriptor: string | null = null;

  for (let index = 0; index < header.segmentCount; index++) {
    const place = `in segment ${index} of ${header.segmentCount}`;
    const bytes = yield* gather(SEGMENT_HEADER_BYTES, place);
    const segment = { loadAddress: bytes.readUInt32LE(0), length: bytes.readUInt32LE(4) };
    refuseLength(segment, index);
    let left = segment.length;
    if (index === 0) {
      const descriptor = yield* gather(DESCRIPTOR_BYTES, 'in its application descriptor');
      app = parseDescriptor(descriptor, warnings);
      const custom = yield* gather(Math.min(CUSTOM_DESCRIPTOR_BYTES, left - DESCRIPTOR_BYTES), place);
      customDescriptor = custom.some((byte) => byte !== 0) ? custom.toString('hex') : null;
      checksum ^= xorOf(descriptor) ^ xorOf(custom);
      left -= descriptor.length + custom.length;
    }
    if (!app) {
      throw new Broken(
        'IMAGE_NOT_AN_APPLICATION',
        'The image has no application descriptor at offset 0x20: upload build/<project>.bin, not the bootloader.',
      );
    }
    refuseMisplaced(segment, context.offset - (segment.length - left), header, app, index);
    checksum ^= yield* xorOfNext(left, place);
    segments.push(segment);
  }
  if (!app) throw new Error('An image of no segments passed its header.');
  return { app, customDescriptor, segments, checksum };
}

/** @see verify_segment_header() in bootloader_support/src/esp_image_format.c */
function refuseLength({ length }: Segment, index: number): void {
  const least = index === 0 ? DESCRIPTOR_BYTES : 0;
  if (length % 4 === 0 && length >= least && length < MAX_SEGMENT_BYTES) return;
  throw new Broken(
    'IMAGE_SEGMENTS_INVALID',
    `The image is damaged: segment ${index} says that it has ${length} bytes; ${BUILD_AGAIN}.`,
  );
}

/** Flash is mapped in whole pages, so what is mapped must lie at the same place within its page in file and memory. */
function refuseMisplaced(
  { loadAddress }: Segment,
  dataAt: number,
  { chipId }: ImageHeader,
  { mmuPageSize }: AppDescriptor,
  index: number,
): void {
  const page = mmuPageSize ?? DEFAULT_MMU_PAGE;
  const chip = chipOf(chipId);
  if (!chip || !isFlashMapped(chip, loadAddress) || dataAt % page === loadAddress % page) return;
  throw new Broken(
    'IMAGE_SEGMENTS_INVALID',
    `Segment ${index} lies at 0x${hex(dataAt)} in the file and cannot be mapped to 0x${hex(loadAddress)}; ${BUILD_AGAIN}.`,
  );
}

function* checkedHash(context: WalkContext): Steps<string> {
  const expected = context.digest();
  const stated = yield* gather(HASH_BYTES, 'in its SHA-256');
  if (stated.equals(expected)) return stated.toString('hex');
  throw new Broken(
    'IMAGE_HASH_MISMATCH',
    `The image is damaged: its bytes do not have the SHA-256 that stands at its end; ${BUILD_AGAIN}.`,
  );
}

function* readTrailer(context: WalkContext): Steps<Trailer> {
  const padding = yield* upTo((SECTOR_BYTES - (context.offset % SECTOR_BYTES)) % SECTOR_BYTES);
  const signedHash = context.digest();
  const sector = yield* upTo(SECTOR_BYTES);
  const beyond = yield 1;
  return { bytes: Buffer.concat([padding, sector]), signedHash, isLonger: beyond.length > 0 };
}

/** @throws Broken IMAGE_TRUNCATED when the file ends before */
function* gather(length: number, place: string): Steps<Buffer> {
  const bytes = yield* upTo(length);
  if (bytes.length === length) return bytes;
  throw new Broken('IMAGE_TRUNCATED', `The file ends ${place}: it was cut off. ${capital(BUILD_AGAIN)}.`);
}

function* upTo(length: number): Steps<Buffer> {
  const parts: Buffer[] = [];
  for (let left = length; left > 0;) {
    const part = yield left;
    if (part.length === 0) break;
    // A copy: the chunk that it is a part of is large, and not ours to keep.
    parts.push(Buffer.from(part));
    left -= part.length;
  }
  return Buffer.concat(parts);
}

function* xorOfNext(length: number, place: string): Steps<number> {
  let xor = 0;
  for (let left = length; left > 0;) {
    const part = yield left;
    if (part.length === 0) {
      throw new Broken(
        'IMAGE_TRUNCATED',
        `The file ends ${place}, ${left} bytes too early: it was cut off. ${capital(BUILD_AGAIN)}.`,
      );
    }
    xor ^= xorOf(part);
    left -= part.length;
  }
  return xor;
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
