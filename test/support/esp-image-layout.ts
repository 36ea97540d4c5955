import { createHash } from 'node:crypto';

/** Bytes that are loaded to, or mapped at, an address of the chip. */
export interface Segment {
  readonly loadAddress: number;
  readonly data: Buffer;
}

/** Addresses of the chips' memories, from ESP-IDF `soc/<chip>/.../soc.h`. */
export interface MemoryMap {
  /** Read-only data in flash, `[low, high)`. */
  readonly rodata: readonly [number, number];
  /** Code in flash, `[low, high)`; the same range on chips with one bus. */
  readonly text: readonly [number, number];
  readonly dataRam: number;
  readonly codeRam: number;
  /** Where the chip's ROM looks for the bootloader in the flash. */
  readonly bootloaderOffset: number;
}

const ONE_BUS = [0x42000000, 0x44000000] as const;
const C6_LIKE = {
  rodata: ONE_BUS,
  text: ONE_BUS,
  dataRam: 0x40820000,
  codeRam: 0x40810000,
  bootloaderOffset: 0,
};
const P4_LIKE = { rodata: [0x40000000, 0x44000000], text: [0x40000000, 0x44000000] } as const;
const C3: MemoryMap = {
  rodata: [0x3c000000, 0x3c800000],
  text: [0x42000000, 0x42800000],
  dataRam: 0x3fc90000,
  codeRam: 0x40380000,
  bootloaderOffset: 0,
};

const MEMORY_MAPS = new Map<number, MemoryMap>([
  [
    0x00, // ESP32
    {
      rodata: [0x3f400000, 0x3f800000],
      text: [0x400d0000, 0x40400000],
      dataRam: 0x3ffb0000,
      codeRam: 0x40080000,
      bootloaderOffset: 0x1000,
    },
  ],
  [
    0x02, // ESP32-S2
    {
      rodata: [0x3f000000, 0x3f400000],
      text: [0x40080000, 0x40800000],
      dataRam: 0x3ffc0000,
      codeRam: 0x40024000,
      bootloaderOffset: 0x1000,
    },
  ],
  [0x05, C3],
  [
    0x09, // ESP32-S3
    {
      rodata: [0x3c000000, 0x3e000000],
      text: [0x42000000, 0x44000000],
      dataRam: 0x3fc90000,
      codeRam: 0x40374000,
      bootloaderOffset: 0,
    },
  ],
  [0x0c, { ...C3, dataRam: 0x3fca0000 }], // ESP32-C2
  [0x0d, C6_LIKE],
  [0x10, C6_LIKE], // ESP32-H2
  [0x12, { ...P4_LIKE, dataRam: 0x4ff40000, codeRam: 0x4ff00000, bootloaderOffset: 0x2000 }],
  [0x14, C6_LIKE], // ESP32-C61
  [0x17, { ...C6_LIKE, bootloaderOffset: 0x2000 }], // ESP32-C5
  [0x19, C6_LIKE], // ESP32-H21
  [0x1c, { ...C6_LIKE, bootloaderOffset: 0x2000 }], // ESP32-H4
  [0x20, { ...P4_LIKE, dataRam: 0x2f040000, codeRam: 0x2f000000, bootloaderOffset: 0x2000 }], // ESP32-S31
]);

/** @returns the map of the chip with this id of an image header; that of the ESP32-C3 for one that does not exist. */
export const memoryMapOf = (chip: number): MemoryMap => MEMORY_MAPS.get(chip) ?? C3;

const SEGMENT_HEADER_LENGTH = 8;
const HEADER_LENGTH = 24;
const CHECKSUM_BLOCK = 16;
const HASH_LENGTH = 32;
const SECURE_PAD = 0x10000;

/**
 * Content in the order and the pieces esptool's `elf2image` writes it: the flash-mapped segments where their
 * place in the file agrees with their address modulo the MMU page, the gaps before them filled from the heads
 * of RAM segments and then with zeros, the rest of the RAM segments last.
 *
 * @param content the first one is written first if it is mapped from flash; the others in the order of their addresses.
 * @param pageSize of the MMU, in bytes.
 * @param securePadV2 whether a last segment of zeros lets the image with its hash end on 64 KiB.
 */
export function laidOut(
  content: readonly Segment[],
  map: MemoryMap,
  pageSize: number,
  securePadV2: boolean,
): Segment[] {
  const isMapped = ({ loadAddress }: Segment) =>
    [map.rodata, map.text].some(([low, high]) => loadAddress >= low && loadAddress < high);
  const byAddress = (a: Segment, b: Segment) => a.loadAddress - b.loadAddress;
  const first = content.slice(0, 1).filter(isMapped);
  const mapped = [...first, ...content.slice(first.length).filter(isMapped).sort(byAddress)];
  const ram = content.filter((segment) => !isMapped(segment)).sort(byAddress);

  const written: Segment[] = [];
  let position = HEADER_LENGTH;
  const write = (segment: Segment): void => {
    written.push(segment);
    position += SEGMENT_HEADER_LENGTH + segment.data.length;
  };
  for (const segment of mapped) {
    for (let gap; (gap = gapBefore(segment, position, pageSize)) !== undefined;) write(filling(gap, ram));
    const over = (position + SEGMENT_HEADER_LENGTH + segment.data.length) % pageSize;
    // Bootloaders did not map the last page of a segment that reaches less than 36 bytes into it.
    write(over < 0x24 ? { ...segment, data: grown(segment.data, 0x24 - over) } : segment);
  }
  ram.forEach(write);
  if (securePadV2) {
    const end = (position + SEGMENT_HEADER_LENGTH) % SECURE_PAD;
    write(zeros((2 * SECURE_PAD - end - CHECKSUM_BLOCK - HASH_LENGTH) % SECURE_PAD));
  }
  return written;
}

/** Bytes of data of the segment that has to come in between; undefined if none has to. */
function gapBefore({ loadAddress }: Segment, position: number, pageSize: number): number | undefined {
  const distance = (loadAddress - position - SEGMENT_HEADER_LENGTH) % pageSize;
  if (distance === 0) return undefined;
  return (distance - SEGMENT_HEADER_LENGTH + 2 * pageSize) % pageSize;
}

/** Takes at most so many bytes from the head of the first RAM segment. */
function filling(length: number, ram: Segment[]): Segment {
  const [source] = ram;
  if (!source || length <= SEGMENT_HEADER_LENGTH) return zeros(length);
  const { loadAddress, data } = source;
  if (data.length <= length) ram.shift();
  else ram[0] = { loadAddress: loadAddress + length, data: data.subarray(length) };
  return { loadAddress, data: data.subarray(0, length) };
}

const zeros = (length: number): Segment => ({ loadAddress: 0, data: Buffer.alloc(length) });
const grown = (data: Buffer, by: number): Buffer => Buffer.concat([data, Buffer.alloc(by)]);

/** What an image says of itself that is not so; all that is computed from it says the same. */
export interface Lies {
  readonly segmentCount?: number;
  /** By the place of the segment in the file. */
  readonly segmentLengths?: ReadonlyMap<number, number>;
  readonly wrongChecksum?: boolean;
  readonly wrongHash?: boolean;
}

/**
 * @param header its byte 1 is set to the number of segments.
 * @param withHash whether the SHA-256 of it all is appended.
 */
export function encoded(
  header: Buffer,
  segments: readonly Segment[],
  withHash: boolean,
  lies: Lies = {},
): Buffer {
  const head = Buffer.from(header);
  head.writeUInt8(lies.segmentCount ?? segments.length, 1);
  const parts = segments.flatMap(({ loadAddress, data }, index) => {
    const segmentHeader = Buffer.alloc(SEGMENT_HEADER_LENGTH);
    segmentHeader.writeUInt32LE(loadAddress, 0);
    segmentHeader.writeUInt32LE(lies.segmentLengths?.get(index) ?? data.length, 4);
    return [segmentHeader, data];
  });
  const unpadded = Buffer.concat([head, ...parts]);
  const end = Buffer.alloc(CHECKSUM_BLOCK - (unpadded.length % CHECKSUM_BLOCK));
  end[end.length - 1] = checksumOf(segments) ^ (lies.wrongChecksum ? 0x01 : 0);
  const image = Buffer.concat([unpadded, end]);
  if (!withHash) return image;
  const hash = createHash('sha256').update(image).digest();
  if (lies.wrongHash) hash.writeUInt8(hash.readUInt8(0) ^ 0x01, 0);
  return Buffer.concat([image, hash]);
}

function checksumOf(segments: readonly Segment[]): number {
  let checksum = 0xef;
  for (const { data } of segments) for (const byte of data) checksum ^= byte;
  return checksum;
}
