import { createHash, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { anEspImage } from '../../../test/support/esp-image-builder.js';
import { flipBit, withTrailing } from '../../../test/support/esp-image-defects.js';
import { keyDigest as digestOfTheTests, withBlockCrc } from '../../../test/support/esp-image-signature.js';
import { rsaKey } from '../../../test/support/rsa-key.js';
import { outcomeOf, readBytes } from '../../../test/support/reading.js';
import { chipOf } from './chips.js';
import { keyDigest } from './signing-key.js';
import { samples, someOfEight } from '../../../test/support/samples.js';

const fixture = (name: string): Buffer => readFileSync(`test/fixtures/esp-images/${name}`);
const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
const SECTOR = 4096;

describe('a real image', () => {
  it.each([
    ['scales_bridge_tab5-1.0.0-esp32p4.bin', 'ESP32-P4', 'scales_bridge_tab5', '1.0.0'],
    ['scales_bridge_tab5-1.1.0-esp32p4.bin', 'ESP32-P4', 'scales_bridge_tab5', '1.1.0'],
    ['scales_bridge-1.0.0-esp32c3.bin', 'ESP32-C3', 'scales_bridge', '1.0.0'],
    ['scales_bridge-1.1.0-esp32c3.bin', 'ESP32-C3', 'scales_bridge', '1.1.0'],
    ['demo_sensor-1.2.3-esp32c3-sbv2-rsa.bin', 'ESP32-C3', 'demo_sensor', '1.2.3'],
  ])('%s is read right', async (name, chip, projectName, version) => {
    const bytes = fixture(name);
    const isSigned = name.includes('sbv2');
    const imageSize = isSigned ? bytes.length - SECTOR : bytes.length;
    const { verdict, ...reading } = await readBytes(bytes);
    expect(reading).toEqual({ size: bytes.length, hash: sha256(bytes) });
    if (verdict.kind !== 'application') throw new Error('It is an application.');
    const { image, warnings } = verdict;
    expect(warnings).toEqual([]);
    expect(chipOf(image.chipId)?.name).toBe(chip);
    const text = (at: number, length: number): string =>
      bytes.toString('latin1', at, at + length).replace(/\0+$/, '');
    expect(image.app).toEqual({
      version,
      projectName,
      secureVersion: bytes.readUInt32LE(0x24),
      buildTime: text(0x70, 16),
      buildDate: text(0x80, 16),
      idfVersion: text(0x90, 32),
      elfHash: bytes.toString('hex', 0xb0, 0xd0),
      minEfuseBlockRevision: bytes.readUInt16LE(0xd0),
      maxEfuseBlockRevision: bytes.readUInt16LE(0xd2),
      mmuPageSize: 2 ** bytes.readUInt8(0xd4),
    });
    expect(image).toMatchObject({
      imageSize,
      entryAddress: bytes.readUInt32LE(4),
      flash: { mode: 'DIO', size: 4 * 1024 * 1024, frequency: '1/1' },
      minChipRevision: bytes.readUInt16LE(15),
      maxChipRevision: bytes.readUInt16LE(17),
      checksum: bytes.readUInt8(imageSize - 33),
      validationHash: sha256(bytes.subarray(0, imageSize - 32)),
    });
    expect(image.segments).toHaveLength(bytes.readUInt8(1));
    expect(image.signature.scheme).toBe(isSigned ? 'secure-boot-v2' : 'none');
    if (image.signature.scheme === 'secure-boot-v2') {
      const block = bytes.subarray(imageSize);
      expect(image.signature.blocks).toEqual([
        { algorithm: 'RSA-3072', keyDigest: sha256(block.subarray(36, 812)) },
      ]);
    }
  });
});

describe('an image', () => {
  const small = anEspImage().build();

  it('is read the same in pieces of any length', async () => {
    const whole = await readBytes(small);
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 5_000 }), async (pieceLength) => {
        expect(await readBytes(small, pieceLength)).toEqual(whole);
      }),
      { numRuns: samples(20) },
    );
  });

  it.each([
    ['more segments than devices take', anEspImage().lyingSegmentCount(17), 'IMAGE_SEGMENTS_INVALID'],
    ['no segments', anEspImage().lyingSegmentCount(0), 'IMAGE_SEGMENTS_INVALID'],
    ['a segment that it says is missing', anEspImage().lyingSegmentCount(1), 'IMAGE_CHECKSUM_MISMATCH'],
    ['a segment of 4 GiB', anEspImage().lyingSegmentLength(1, 0xfffffffc), 'IMAGE_SEGMENTS_INVALID'],
    ['a segment of no whole words', anEspImage().lyingSegmentLength(1, 5), 'IMAGE_SEGMENTS_INVALID'],
    ['a segment beyond its end', anEspImage().lyingSegmentLength(1, 0xfffffc), 'IMAGE_TRUNCATED'],
    ['a first segment without room', anEspImage().lyingSegmentLength(0, 128), 'IMAGE_SEGMENTS_INVALID'],
    ['a wrong checksum', anEspImage().wrongChecksum(), 'IMAGE_CHECKSUM_MISMATCH'],
    ['a wrong hash', anEspImage().wrongHash(), 'IMAGE_HASH_MISMATCH'],
    ['no hash', anEspImage().withoutHash(), 'application'],
    [
      'a chip that nobody knows',
      anEspImage()
        .chip(0x7777)
        .segments([{ loadAddress: 0x3c000020, data: Buffer.alloc(16) }]),
      'application',
    ],
  ])('with %s is %#', async (_what, builder, outcome) => {
    expect(await outcomeOf(builder.build())).toBe(outcome);
  });

  it('must lie in flash where it can be mapped', async () => {
    const image = anEspImage().mmuPageSize(16).build();
    const shifted = Buffer.from(image);
    shifted.writeUInt32LE(shifted.readUInt32LE(24) + 4, 24);
    expect(await outcomeOf(shifted)).toBe('IMAGE_SEGMENTS_INVALID');
  });

  it('may be followed by nothing but a signature', async () => {
    for (const length of [1, 67, 68, 69, SECTOR, 3 * SECTOR]) {
      expect(await outcomeOf(withTrailing(small, Buffer.alloc(length, 0x55)))).toBe('IMAGE_TRAILING_BYTES');
    }
  });

  const key = generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).privateKey;
  it.each([
    ['an image', anEspImage(), 'image'],
    ['one with a Secure Boot v1 signature', anEspImage().signedV1(key), 'signed image'],
    ['one with a Secure Boot v2 signature', anEspImage().signedWith(key), 'signed image'],
    ['one that was padded for it', anEspImage().securePadV2().signedWith(key), 'signed image'],
  ])('of a slot that was dumped says where the padding behind %s begins', async (_what, builder, name) => {
    const file = builder.build();
    for (const byte of [0xff, 0]) {
      for (const length of [1, 68, SECTOR, 3 * SECTOR + 5]) {
        const { verdict } = await readBytes(withTrailing(file, Buffer.alloc(length, byte)), 1000);
        const padding = `${length} bytes of padding with 0x${byte === 0 ? '00' : 'FF'}`;
        expect(verdict).toMatchObject({
          kind: 'refused',
          code: 'IMAGE_TRAILING_BYTES',
          reason: expect.stringContaining(`The ${name} ends at byte ${file.length}, and ${padding}`),
        });
        expect(verdict).toHaveProperty('reason', expect.stringContaining(`first ${file.length} bytes.`));
      }
    }
  });

  it('shows texts that are none with escapes', async () => {
    const { verdict } = await readBytes(
      anEspImage()
        .version(Buffer.from('v'.repeat(32)))
        .project(Buffer.from('a\x1b[31m\xff', 'latin1'))
        .idfVersion('é\u202e')
        .build(),
    );
    expect(verdict).toMatchObject({
      kind: 'application',
      image: {
        app: {
          version: 'v'.repeat(32),
          projectName: 'a\\x1b[31m\\xff',
          idfVersion: 'é\\xe2\\x80\\xae',
        },
      },
      warnings: [expect.stringMatching(/version of the image is not ended by a NUL/)],
    });
  });
});

describe('another file', () => {
  it('of any bytes at all is judged', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 600 }), fc.boolean(), async (array, looksRight) => {
        const bytes = Buffer.from(array);
        if (looksRight && bytes.length > 0) bytes[0] = 0xe9;
        expect(await readBytes(bytes)).toMatchObject({ size: bytes.length, hash: sha256(bytes) });
      }),
    );
  });
});

describe('a signature', () => {
  const keyOf = (namedCurve: string): KeyObject => generateKeyPairSync('ec', { namedCurve }).privateKey;
  const keys = {
    'RSA-3072': rsaKey.privateKey,
    'ECDSA-P192': keyOf('prime192v1'),
    'ECDSA-P256': keyOf('prime256v1'),
    'ECDSA-P384': keyOf('secp384r1'),
  };

  it.each(Object.entries(keys))('of %s holds, and names its key', async (algorithm, key) => {
    const { verdict } = await readBytes(anEspImage().securePadV2().signedWith(key).build());
    const digest = keyDigest(createPublicKey(key));
    expect(digest).toBe(digestOfTheTests(key).toString('hex'));
    expect(verdict).toMatchObject({
      kind: 'application',
      image: { signature: { scheme: 'secure-boot-v2', blocks: [{ algorithm, keyDigest: digest }] } },
    });
  });

  it('may stand beside others', async () => {
    const { verdict } = await readBytes(
      anEspImage().signedWith([rsaKey.privateKey, rsaKey.privateKey, rsaKey.privateKey]).build(),
    );
    expect(verdict).toHaveProperty('image.signature.blocks.length', 3);
  });

  it('of Secure Boot v1 is recognised', async () => {
    const { verdict } = await readBytes(anEspImage().signedV1(keys['ECDSA-P256']).build());
    expect(verdict).toHaveProperty('image.signature', { scheme: 'secure-boot-v1' });
  });

  it.each(Object.entries(keys))('of %s that does not hold says why', async (algorithm, key) => {
    const signed = anEspImage().signedWith(key).build();
    const sectorAt = signed.length - SECTOR;
    const flipped = (byte: number): Buffer => flipBit(signed, byte * 8);
    const signatureAt =
      { 'RSA-3072': 900, 'ECDSA-P192': 110, 'ECDSA-P256': 110, 'ECDSA-P384': 160 }[algorithm] ?? 0;
    expect(await outcomeOf(flipped(30_000))).toBe('IMAGE_CHECKSUM_MISMATCH');
    expect(await outcomeOf(flipped(sectorAt + 40))).toBe('IMAGE_SIGNATURE_MALFORMED');
    expect(await outcomeOf(flipped(sectorAt + 1196))).toBe('IMAGE_SIGNATURE_CRC_MISMATCH');
    expect(await outcomeOf(withBlockCrc(flipped(sectorAt + signatureAt), sectorAt))).toBe(
      'IMAGE_SIGNATURE_INVALID',
    );
    const other = anEspImage().seed('other').signedWith(key).build();
    signed.copy(other, sectorAt, sectorAt);
    expect(await outcomeOf(other)).toBe('IMAGE_SIGNATURE_DIGEST_MISMATCH');
  });
});

describe('damage', () => {
  const image = anEspImage().version('1.2.3').size(8_192).build();
  const signed = anEspImage()
    .signedWith(generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).privateKey)
    .build();

  it('of any one bit of the header, the descriptor or the end is refused', async () => {
    const ends = [...range(0, 0x140), ...range(image.length - 64, image.length)];
    const accepted: string[] = [];
    for (const byte of ends) {
      for (const bit of someOfEight(byte)) {
        const outcome = await outcomeOf(flipBit(image, byte * 8 + bit));
        if (!outcome.startsWith('IMAGE_')) accepted.push(`byte ${byte}, bit ${bit}: ${outcome}`);
      }
    }
    expect(accepted).toEqual([]);
  });

  it('of a bit anywhere is refused', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(image.length * 8 - 1), async (bit) => {
        expect(await outcomeOf(flipBit(image, bit))).toMatch(/^IMAGE_/);
      }),
      { numRuns: samples(300) },
    );
  });

  it('by an end too early is refused; only where the image ends is it another image', async () => {
    const imageEnd = Math.floor((signed.length - SECTOR) / 16) * 16;
    await fc.assert(
      fc.asyncProperty(fc.nat(signed.length - 1), async (length) => {
        const outcome = await outcomeOf(signed.subarray(0, length));
        if (outcome === 'application') expect(length).toBeLessThanOrEqual(imageEnd);
        else expect(outcome).toMatch(/^IMAGE_/);
      }),
      { numRuns: samples(300) },
    );
  });
});

function* range(from: number, to: number): Generator<number> {
  for (let at = from; at < to; at++) yield at;
}
