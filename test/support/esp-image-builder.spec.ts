import { createHash } from 'node:crypto';
import { anEspImage, seededBytes, type EspImageBuilder, type Segment } from './esp-image-builder.js';
import { flipBit, truncated, withTrailing } from './esp-image-defects.js';
import { aBootloaderImage, aMergedImage, aPartitionTable, anEsp8266Image } from './esp-image-relatives.js';
import { image as realImage } from './http-client.js';

const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest();
const hex = (value: number) => `0x${value.toString(16)}`;

/** The segments of an image in the order of the file, padding among them. */
function segmentsOf(image: Buffer, headerLength = 24): Segment[] {
  const segments: Segment[] = [];
  let position = headerLength;
  for (let count = image.readUInt8(1); count > 0; count--) {
    const end = position + 8 + image.readUInt32LE(position + 4);
    segments.push({ loadAddress: image.readUInt32LE(position), data: image.subarray(position + 8, end) });
    position = end;
  }
  return segments;
}

/** What the linker had: no padding, and the pieces of a RAM segment in one again. */
function contentOf(image: Buffer): Segment[] {
  const content: Segment[] = [];
  for (const { loadAddress, data } of segmentsOf(image)) {
    if (loadAddress === 0) continue;
    const before = content.findIndex((segment) => segment.loadAddress + segment.data.length === loadAddress);
    if (before < 0) content.push({ loadAddress, data });
    else content[before] = { ...content[before]!, data: Buffer.concat([content[before]!.data, data]) };
  }
  return content;
}

/** An image taken apart: the builder that has its header, its descriptor and its content, and nothing else of it. */
function partsOf(image: Buffer): EspImageBuilder {
  const text = (offset: number, length: number) =>
    image.toString('utf8', offset, offset + length).replace(/\0.*$/s, '');
  const [first, ...others] = contentOf(image);
  return anEspImage()
    .chip(image.readUInt16LE(12))
    .entry(image.readUInt32LE(4))
    .flashMode(image.readUInt8(2))
    .flashSpeed(image.readUInt8(3) & 0xf)
    .flashSize(image.readUInt8(3) >> 4)
    .chipRevisions(image.readUInt16LE(15), image.readUInt16LE(17))
    .secureVersion(image.readUInt32LE(0x24))
    .version(text(0x30, 32))
    .project(text(0x50, 32))
    .time(text(0x70, 16))
    .date(text(0x80, 16))
    .idfVersion(text(0x90, 32))
    .elfSha256(image.toString('hex', 0xb0, 0xd0))
    .efuseBlockRevisions(image.readUInt16LE(0xd0), image.readUInt16LE(0xd2))
    .mmuPageSize(image.readUInt8(0xd4))
    .spiFlashMode(image.readUInt8(0xd5))
    .segments([{ ...first!, data: first!.data.subarray(256) }, ...others]);
}

const checksumOf = (segments: readonly Segment[]) =>
  Buffer.concat(segments.map(({ data }) => data)).reduce((sum, byte) => sum ^ byte, 0xef);
const bodyOf = (image: Buffer) => image.subarray(0, -32);
const hashIsRight = (image: Buffer) => sha256(bodyOf(image)).equals(image.subarray(-32));
const checksumIsRight = (image: Buffer) => bodyOf(image).at(-1) === checksumOf(segmentsOf(image));

describe('An image of the builder', () => {
  it.each([
    'scales_bridge-1.0.0-esp32c3.bin',
    'scales_bridge-1.1.0-esp32c3.bin',
    'scales_bridge_tab5-1.0.0-esp32p4.bin',
    'scales_bridge_tab5-1.1.0-esp32p4.bin',
  ])('is the one the real tools made from the same content: %s', async (name) => {
    const real = await realImage(name);
    expect(partsOf(real).build().equals(real)).toBe(true);
  });

  it('is the one the real tools made with --secure-pad-v2, up to the signature sector', async () => {
    const real = await realImage('demo_sensor-1.2.3-esp32c3-sbv2-rsa.bin');
    expect(partsOf(real).securePadV2().build().equals(real.subarray(0, -4096))).toBe(true);
  });

  it.each([0x00, 0x02, 0x05, 0x09, 0x0c, 0x0d, 0x10, 0x12, 0x14, 0x17, 0x19, 0x1c, 0x20, 0xfff0])(
    'has a right checksum and hash, and its code on its place in the page, for chip %d',
    (chip) => {
      const image = anEspImage().chip(chip).build();
      expect(checksumIsRight(image)).toBe(true);
      expect(hashIsRight(image)).toBe(true);
      const [{ data: text }] = segmentsOf(image).slice(-1) as [Segment];
      expect((text.byteOffset - image.byteOffset) % 0x10000).toBe(0x20);
    },
  );

  it('fills the gap before the code from the head of RAM segments, and writes what is left last', () => {
    const segments = [
      { loadAddress: 0x3c000020, data: seededBytes('rodata', 0x100) },
      { loadAddress: 0x42010020, data: seededBytes('text', 0x40) },
      { loadAddress: 0x40380000, data: seededBytes('code', 0x18000) },
      { loadAddress: 0x3fc90000, data: seededBytes('data', 0x80) },
    ];
    const image = anEspImage().segments(segments).build();
    const written = segmentsOf(image);
    expect(written.map(({ loadAddress, data }) => [hex(loadAddress), data.length])).toEqual([
      ['0x3c000020', 0x200],
      ['0x3fc90000', 0x80],
      ['0x40380000', 0x10020 - 0x2b0 - 0x8],
      ['0x42010020', 0x40],
      [hex(0x40380000 + written[2]!.data.length), 0x18000 - written[2]!.data.length],
    ]);
    const code = contentOf(image).find(({ loadAddress }) => loadAddress === 0x40380000)!.data;
    expect(code.equals(segments[2]!.data)).toBe(true);
    expect(hashIsRight(image) && checksumIsRight(image)).toBe(true);
  });

  it.each([
    // The other mapped segments in the order of their addresses, each on its place in the page.
    [0x100, [0x42030020, 0x42010020], 'rodata 200, ram 40, 0 fda8, 42010020 40, 0 ffb0, 42030020 40'],
    // A gap no longer than a header is not worth the head of a RAM segment.
    [0xffe8, [0x42010120], 'rodata 100e8, 0 8, 42010120 40, ram 40'],
    [0xffe4, [0x42010120], 'rodata 100e4, ram c, 42010120 40, ram 34'],
    // Even an empty one has a header.
    [0xfff0, [0x42010120], 'rodata 100f0, 0 0, 42010120 40, ram 40'],
    // Less than 36 bytes on its last page, and exactly 36.
    [0xfee0, [], 'rodata 10004, ram 40'],
    [0xff04, [], 'rodata 10004, ram 40'],
    [0xff08, [], 'rodata 10008, ram 40'],
  ])('is laid out by the rules for %d bytes of read-only data and code at %p', (length, text, expected) => {
    const segments = [
      { loadAddress: 0x3c000020, data: seededBytes('rodata', length) },
      ...text.map((loadAddress) => ({ loadAddress, data: seededBytes('text', 0x40) })),
      { loadAddress: 0x40380000, data: seededBytes('ram', 0x40) },
    ];
    const name = ({ loadAddress }: Segment) =>
      loadAddress >> 24 === 0x3c ? 'rodata' : loadAddress >> 24 === 0x40 ? 'ram' : loadAddress.toString(16);
    const written = segmentsOf(anEspImage().segments(segments).build());
    expect(written.map((segment) => `${name(segment)} ${segment.data.length.toString(16)}`).join(', ')).toBe(
      expected,
    );
  });

  it('lays its segments out for a smaller page of the MMU', () => {
    expect(segmentsOf(anEspImage().chip(0x0c).mmuPageSize(14).build()).length).toBeGreaterThan(4);
    expect(anEspImage().chip(0x0c).mmuPageSize(14).build().length).toBeLessThan(0x8000);
  });

  it.each([0, 100_000, 327_920, 1_000_001])('has at least %d bytes, and hardly more', (size) => {
    const { length } = anEspImage().size(size).build();
    expect(length).toBeGreaterThanOrEqual(size);
    expect(length).toBeLessThan(Math.max(size, 0x10800) + 64);
  });

  it('has at least so many bytes with --secure-pad-v2 too, and ends on 64 KiB', () => {
    const { length } = anEspImage().securePadV2().size(0x2fff0).build();
    expect(length).toBe(0x30000);
  });

  it('is the same for the same seed alone', () => {
    const image = anEspImage().seed('a').build();
    expect(image.equals(anEspImage().seed('a').build())).toBe(true);
    expect(image.equals(anEspImage().seed('b').build())).toBe(false);
  });

  it('ends with the checksum, on 16 bytes, without a hash', () => {
    const image = anEspImage().withoutHash().build();
    expect([image.readUInt8(23), image.length % 16, image.at(-1)]).toEqual([
      0,
      0,
      checksumOf(segmentsOf(image)),
    ]);
  });

  it('takes a text that fills its field or is none, and refuses a longer one', () => {
    const version = Buffer.alloc(32, 0xff);
    expect(anEspImage().version(version).build().subarray(0x30, 0x50)).toEqual(version);
    expect(() => anEspImage().version('x'.repeat(33)).build()).toThrow(RangeError);
  });
});

describe('An image of the builder that lies', () => {
  const wrongParts = (image: Buffer, count = 4) => ({
    checksum: !checksumIsRight(
      Buffer.concat([image.subarray(0, 1), Buffer.from([count]), image.subarray(2)]),
    ),
    hash: !hashIsRight(image),
  });
  const plain = anEspImage();
  const count = plain.build().readUInt8(1);

  it('does so in the checksum alone', () =>
    expect(wrongParts(plain.wrongChecksum().build(), count)).toEqual({ checksum: true, hash: false }));
  it('does so in the hash alone', () =>
    expect(wrongParts(plain.wrongHash().build(), count)).toEqual({ checksum: false, hash: true }));
  it('does so in the number of segments alone', () => {
    const image = plain.lyingSegmentCount(16).build();
    expect(image.readUInt8(1)).toBe(16);
    expect(wrongParts(image, count)).toEqual({ checksum: false, hash: false });
  });
  it('does so in the length of a segment alone', () => {
    const image = plain.lyingSegmentLength(0, 0x00fffffc).build();
    expect(image.readUInt32LE(28)).toBe(0x00fffffc);
    expect(image.length).toBe(plain.build().length);
    expect(hashIsRight(image)).toBe(true);
  });
  it('has no segments', () => {
    const image = plain.withoutSegments().build();
    expect([image.readUInt8(1), image.length, image.at(31)]).toEqual([0, 64, 0xef]);
    expect(hashIsRight(image)).toBe(true);
  });
});

describe('Defects', () => {
  it('turn one bit, cut the end, and add to it, in a copy', () => {
    const bytes = Buffer.from([1, 2, 3]);
    expect(flipBit(bytes, 9)).toEqual(Buffer.from([1, 0, 3]));
    expect(truncated(bytes, 2)).toEqual(Buffer.from([1, 2]));
    expect(truncated(bytes, -1)).toEqual(Buffer.from([1, 2]));
    expect(withTrailing(bytes, Buffer.from([4]))).toEqual(Buffer.from([1, 2, 3, 4]));
    expect(bytes).toEqual(Buffer.from([1, 2, 3]));
  });
});

describe('Relatives of an application image', () => {
  it('include a bootloader, sound and with its own descriptor', () => {
    const image = aBootloaderImage();
    expect(image.readUInt8(0x20)).toBe(80);
    expect(hashIsRight(image) && checksumIsRight(image)).toBe(true);
  });

  it.each([
    [0x00, 0x1000],
    [0x02, 0x1000],
    [0x05, 0],
    [0x09, 0],
    [0x12, 0x2000],
    [0x17, 0x2000],
  ])('include a merged image of chip %d with its bootloader at %d', (chip, bootloaderOffset) => {
    const app = anEspImage().chip(chip).version('2.0.0').build();
    const flash = aMergedImage(chip, app);
    const bootloader = aBootloaderImage(chip);
    const has = (bytes: Buffer, offset: number) =>
      flash.subarray(offset, offset + bytes.length).equals(bytes);
    expect(has(Buffer.alloc(bootloaderOffset, 0xff), 0)).toBe(true);
    expect(has(bootloader, bootloaderOffset)).toBe(true);
    expect(has(aPartitionTable(), 0x8000)).toBe(true);
    expect(has(app, 0x10000)).toBe(true);
    expect(flash.length).toBe(0x10000 + app.length);
  });

  it('include a partition table with the MD5 of its rows', () => {
    const table = aPartitionTable();
    const row = table.subarray(4 * 32, 5 * 32);
    expect([row.readUInt16LE(0), row.readUInt32LE(4), row.toString('latin1', 12, 17)]).toEqual([
      0x50aa,
      0x1f0000,
      'ota_1',
    ]);
    expect(table.readUInt16LE(160)).toBe(0xebeb);
    expect(table.subarray(176, 192)).toEqual(createHash('md5').update(table.subarray(0, 160)).digest());
    expect(new Set(table.subarray(192))).toEqual(new Set([0xff]));
  });

  it('include an image for the ESP8266 with a right checksum', () => {
    const image = anEsp8266Image();
    expect(image.at(-1)).toBe(checksumOf(segmentsOf(image, 8)));
    expect(image.length % 16).toBe(0);
  });
});
