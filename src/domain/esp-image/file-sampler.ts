import { DESCRIPTOR_MAGIC } from './app-descriptor.js';
import { chipOf } from './chips.js';
import { HEADER_BYTES, IMAGE_MAGIC, MAX_SEGMENTS } from './image-header.js';
import { SECTOR_BYTES } from './signature-sector.js';

/** What is kept of a file to tell what it is when it is no application image. */
export interface FileSample {
  readonly size: number;
  /** The first 512 bytes, or all there are. */
  readonly head: Buffer;
  /** The bytes of one value that end the file. */
  readonly tail: { readonly byte: number; readonly length: number };
  /** Whether no byte of the file is a control character that text does not have. */
  readonly isPrintable: boolean;
  /** Bytes from 0x80 on. */
  readonly highBytes: number;
  /** Where the first sector after the head begins that holds something of a flash layout; null: nowhere. */
  readonly landmarks: Readonly<Record<Landmark, number | null>>;
}

export type Landmark = 'partitionTable' | 'application' | 'bootloader';

const HEAD_BYTES = 512;
const DESCRIPTOR_AT = 0x20;
/** Of a sector, as much as tells what begins there. */
const LANDMARK_BYTES = DESCRIPTOR_AT + 4;
const PARTITION_MAGIC = 0x50aa;

/** Keeps of a file what {@link FileSample} holds, whatever its size. */
export class FileSampler {
  private size = 0;
  private head = Buffer.alloc(0);
  private readonly tail = { byte: 0, length: 0 };
  private isPrintable = true;
  private highBytes = 0;
  private readonly landmarks: Record<Landmark, number | null> = {
    partitionTable: null,
    application: null,
    bootloader: null,
  };
  /** The beginning of a sector that came in pieces. */
  private begun = Buffer.alloc(0);

  push(bytes: Buffer): void {
    if (this.head.length < HEAD_BYTES) {
      this.head = Buffer.concat([this.head, bytes.subarray(0, HEAD_BYTES - this.head.length)]);
    }
    this.measureTail(bytes);
    this.measureText(bytes);
    this.findLandmarks(bytes);
    this.size += bytes.length;
  }

  sample(): FileSample {
    const { size, head, tail, isPrintable, highBytes, landmarks } = this;
    return { size, head, tail, isPrintable, highBytes, landmarks };
  }

  private measureTail(bytes: Buffer): void {
    const last = bytes.at(-1);
    if (last === undefined) return;
    let from = bytes.length - 1;
    while (from > 0 && bytes[from - 1] === last) from -= 1;
    const goesOn = from === 0 && this.tail.byte === last;
    this.tail.length = (goesOn ? this.tail.length : 0) + bytes.length - from;
    this.tail.byte = last;
  }

  /** Ends with the first control character, which a program has soon. */
  private measureText(bytes: Buffer): void {
    if (!this.isPrintable) return;
    for (const byte of bytes) {
      if (byte >= 0x80) this.highBytes += 1;
      else if (isControl(byte)) {
        this.isPrintable = false;
        return;
      }
    }
  }

  private findLandmarks(bytes: Buffer): void {
    for (let at = 0; at < bytes.length;) {
      const offset = this.size + at;
      const within = offset % SECTOR_BYTES;
      if (within >= LANDMARK_BYTES) {
        at += SECTOR_BYTES - within;
        continue;
      }
      const part = bytes.subarray(at, at + LANDMARK_BYTES - within);
      this.begun = within === 0 ? Buffer.from(part) : Buffer.concat([this.begun, part]);
      if (this.begun.length === LANDMARK_BYTES && offset >= SECTOR_BYTES) this.note(offset - within);
      at += part.length;
    }
  }

  private note(sectorAt: number): void {
    const landmark = landmarkOf(this.begun);
    if (landmark) this.landmarks[landmark] ??= sectorAt;
  }
}

function landmarkOf(sector: Buffer): Landmark | null {
  if (sector.readUInt16LE(0) === PARTITION_MAGIC) return isPartition(sector) ? 'partitionTable' : null;
  if (sector[0] !== IMAGE_MAGIC) return null;
  if (sector.readUInt32LE(DESCRIPTOR_AT) === DESCRIPTOR_MAGIC) return 'application';
  return isKnownHeader(sector) ? 'bootloader' : null;
}

/** A row of a partition table: its partition lies on whole sectors, as nothing else that begins so happens to. */
const isPartition = (row: Buffer): boolean =>
  row.readUInt32LE(4) % SECTOR_BYTES === 0 &&
  row.readUInt32LE(8) % SECTOR_BYTES === 0 &&
  row.readUInt32LE(8) > 0;

const isKnownHeader = (head: Buffer): boolean =>
  head.readUInt8(1) >= 1 && head.readUInt8(1) <= MAX_SEGMENTS && isForKnownChip(head);

export const isForKnownChip = (head: Buffer): boolean =>
  head.length >= HEADER_BYTES && chipOf(head.readUInt16LE(12)) !== undefined;

/** Those that text has are bell to carriage return, Ctrl-Z, which once ended it, and escape. */
const isControl = (byte: number): boolean =>
  byte === 0x7f || (byte < 0x20 && !(byte >= 0x07 && byte <= 0x0d) && byte !== 0x1a && byte !== 0x1b);
