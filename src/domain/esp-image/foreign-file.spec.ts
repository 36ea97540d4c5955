import { readFileSync } from 'node:fs';
import { samples } from '../../../test/support/samples.js';
import { crc32, deflateRawSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { anEspImage, seededBytes } from '../../../test/support/esp-image-builder.js';
import {
  aBootloaderImage,
  aMergedImage,
  anEsp8266Image,
  aPartitionTable,
} from '../../../test/support/esp-image-relatives.js';
import { outcomeOf, readBytes } from '../../../test/support/reading.js';

const ESP32 = 0x00;
const S2 = 0x02;
const C3 = 0x05;
const P4 = 0x12;
const app = anEspImage().build();
const at = (place: number, magic: string, length = 600): Buffer => {
  const bytes = seededBytes('foreign', length);
  bytes.write(magic, place, 'latin1');
  return bytes;
};

function otaData(sequence: number): Buffer {
  const entry = Buffer.alloc(0x2000, 0xff);
  entry.writeUInt32LE(sequence, 0);
  entry.writeUInt32LE(crc32(entry.subarray(0, 4), 0xffffffff), 28);
  return entry;
}

function nvsPage(): Buffer {
  const page = Buffer.alloc(0x1000, 0xff);
  page.writeUInt32LE(0xfffffffe, 0);
  page.writeUInt32LE(0, 4);
  page.writeUInt8(0xfe, 8);
  page.writeUInt32LE(crc32(page.subarray(4, 28), 0xffffffff), 28);
  return page;
}

function fat(): Buffer {
  const sector = at(54, 'FAT16   ', 4096);
  sector.write('\x55\xaa', 510, 'latin1');
  return sector;
}

describe('a file that no device can boot', () => {
  it.each([
    ['nothing', Buffer.alloc(0), /empty/],
    ['erased flash', Buffer.alloc(70_000, 0xff), /blank.*70000 bytes are 0xFF/],
    ['zeros', Buffer.alloc(5_000), /blank.*0x00/],
    ['a bootloader', aBootloaderImage(), /bootloader.*build\/<project>\.bin/],
    ['an older bootloader', anEspImage().withoutDescriptor().build(), /no application descriptor/],
    ['an image for the ESP8266', anEsp8266Image(), /ESP8266/],
    ['the other kind of them', at(0, '\xea\x04'), /ESP8266/],
    ['a partition table', aPartitionTable(), /partition table/],
    ['otadata', otaData(1), /otadata/],
    ['otadata of a later slot', otaData(7), /otadata/],
    ['an NVS partition', nvsPage(), /NVS/],
    ['a FAT image', fat(), /FAT/],
    ['a LittleFS image', at(8, 'littlefs'), /LittleFS/],
    ['a UF2 file', at(0, 'UF2\nWQ]\x9e'), /UF2/],
    ['an ELF file', at(0, '\x7fELF\x01\x01\x01\0'), /ELF/],
    ['a static library', at(0, '!<arch>\n'), /library/],
    ['a DFU file', at(0, 'DfuSe\x01'), /DFU/],
    ['a program', at(0, 'MZ\x90\0'), /Windows/],
    [
      'a download with its headers',
      Buffer.concat([Buffer.from('HTTP/1.1 200 OK\r\n\r\n'), app]),
      /HTTP answer/,
    ],
    ['an image that went through a text editor', Buffer.from(app.toString('utf8')), /EF BF BD/],
  ])('such as %s is refused with advice', async (_what, bytes, reason) => {
    const { verdict } = await readBytes(bytes);
    expect(verdict).toMatchObject({ kind: 'refused', code: 'IMAGE_NOT_AN_APPLICATION', image: null });
    expect(verdict).toHaveProperty('reason', expect.stringMatching(reason));
  });
});

describe('a merged flash image', () => {
  it.each([
    ['of a chip that boots from 0x0', C3, {}, 0x10000],
    ['of a chip that boots from 0x1000', ESP32, {}, 0x10000],
    ['of a chip that boots from 0x2000', P4, {}, 0x10000],
    ['that begins with its bootloader at 0x1000', ESP32, { startAt: 0x1000 }, 0xf000],
    ['that begins with its bootloader at 0x1000, of another chip', S2, { startAt: 0x1000 }, 0xf000],
    ['that begins with its bootloader at 0x2000', P4, { startAt: 0x2000 }, 0xe000],
    ['with its table at 0x6000', C3, { tableAt: 0x6000 }, 0x10000],
    ['with its table at 0xa000', C3, { tableAt: 0xa000, appAt: 0x20000 }, 0x20000],
    ['with its table at 0x10000', ESP32, { tableAt: 0x10000, appAt: 0x20000, startAt: 0x1000 }, 0x1f000],
  ])('%s is called one, and says where the application is', async (_what, chip, layout, appAt) => {
    const { verdict } = await readBytes(aMergedImage(chip, undefined, layout), 777);
    expect(verdict).toMatchObject({ kind: 'refused', code: 'IMAGE_NOT_AN_APPLICATION' });
    expect(verdict).toHaveProperty(
      'reason',
      expect.stringMatching(
        new RegExp(
          `merged flash image.*upload build/<project>\\.bin.*application in it begins at byte ${appAt}\\.`,
        ),
      ),
    );
  });

  it.each([
    ['without an application', aMergedImage(C3).subarray(0, 0xf000)],
    ['without an application or a table', aMergedImage(ESP32).subarray(0, 0x6000)],
    ['behind the digest of Secure Boot v1', at(0, '', 0x1000).fill(1, 0, 192)],
  ])('%s is one too', async (what, bytes) => {
    const file = what.startsWith('behind')
      ? Buffer.concat([bytes, aMergedImage(ESP32, undefined, { startAt: 0x1000 })])
      : bytes;
    const { verdict } = await readBytes(file);
    expect(verdict).toHaveProperty('reason', expect.stringMatching(/merged flash image/));
  });

  it('is none only because two bytes are those of a partition table', async () => {
    const bytes = seededBytes('not merged', 0x4000);
    bytes.write('\xaa\x50\x05\x05', 0x1000, 'latin1');
    expect(await outcomeOf(bytes)).toBe('unknown');
  });

  it('is found however it arrives', async () => {
    const merged = aMergedImage(C3, undefined, { tableAt: 0xb000 });
    const whole = await readBytes(merged);
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 9_000 }), async (pieceLength) => {
        expect(await readBytes(merged, pieceLength)).toEqual(whole);
      }),
      { numRuns: samples(20) },
    );
  });
});

describe('text', () => {
  const long = (text: string): string => `${text}\n${'x'.repeat(100)}\n`.repeat(20);
  it.each([
    [
      'a Git LFS pointer',
      'version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12\n',
      /git lfs pull/,
    ],
    ['a git-annex pointer', '/annex/objects/SHA256E-s1048576--4d7a.bin\n', /git annex get/],
    ['a page', '\ufeff\n <!doctype html><html>', /HTML/],
    ['an error of S3', '<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>', /HTML or XML/],
    ['JSON', '{"message":"Not Found"}', /JSON.*curl --fail/],
    ['an answer with its headers', 'HTTP/1.1 404 Not Found\r\nServer: x\r\n', /headers/],
    ['an error in a word', '404: Not Found', /error.*curl --fail/],
    ['an error without a number', 'Not Found', /error/],
    ['Intel HEX', ':020000041000EA\r\n:100000\r\n', /Intel HEX/],
    ['S-records', 'S00F000068656C6C6F202020202000003C\r\n', /S-record/],
    ['uuencode', 'begin 644 firmware.bin\nM*', /uudecode/],
    ['a key', '-----BEGIN PUBLIC KEY-----\nMIIB\n', /PEM/],
    ['a checksum', `${'ab'.repeat(32)}  firmware.bin\n`, /checksums/],
    ['a hex dump', '00000000: e906 022f 1c00 0842  .../...B\n', /hex dump/],
    ['hexadecimal digits', app.toString('hex'), /hexadecimal digits/],
    ['Base64', app.toString('base64'), /Base64.*decode/],
    ['Base64 in lines', app.toString('base64').replace(/.{76}/g, '$&\n'), /Base64/],
    ['a symbolic link', '../build/firmware.bin', /symbolic link/],
    ['a README', '# Firmware\n\nFlash it with `idf.py flash`.\n', /text \("# Firmware"\)/],
    ['one long line', 'word '.repeat(50), /text \("word word.{30,}…"\)/],
    ['a word', 'dummy firmware v1\n', /text/],
    ['text in UTF-8', long('Größe: 5 µm, 温度 ±1'), /text \("Größe: 5 µm/],
  ])('such as %s is refused with its advice', async (_what, text, advice) => {
    const { verdict } = await readBytes(Buffer.from(text));
    expect(verdict).toMatchObject({ kind: 'refused', code: 'IMAGE_IS_TEXT', image: null });
    expect(verdict).toHaveProperty('reason', expect.stringMatching(advice));
  });

  it.each([
    ['Latin-1', Buffer.from('Die Größe des Geräts\n', 'latin1'), /Größe/],
    ['UTF-16 with a byte order mark', Buffer.from('\ufeff404: Not Found\r\n', 'utf16le'), /error/],
    ['UTF-16, big-endian', Buffer.from('\ufeff{"error": 1}', 'utf16le').swap16(), /JSON/],
    [
      'UTF-16 without a mark',
      Buffer.from('version https://git-lfs.github.com/spec/v1\n', 'utf16le'),
      /git lfs/,
    ],
    ['a character that the head cuts', Buffer.from(`${'a'.repeat(511)}ü and so on`), /text/],
    ['an end of file of DOS', Buffer.from('REM hello\r\n\x1a'), /text/],
    ['colours of a terminal', Buffer.from('\x1b[31mfailed\x1b[0m\n'), /text/],
  ])('in %s is text', async (_what, bytes, advice) => {
    const { verdict } = await readBytes(bytes);
    expect(verdict).toHaveProperty('code', 'IMAGE_IS_TEXT');
    expect(verdict).toHaveProperty('reason', expect.stringMatching(advice));
  });

  it('of any words is refused, in pieces of any length', async () => {
    const words = fc.array(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 8 }), { minLength: 1 });
    const text = words
      .map((list) => list.join(' ').replace(/[\p{C}]/gu, ''))
      .filter((line) => line.trim() !== '');
    await fc.assert(
      fc.asyncProperty(text, fc.integer({ min: 1, max: 600 }), async (line, pieceLength) => {
        const { verdict } = await readBytes(Buffer.from(line), pieceLength);
        expect(verdict).toHaveProperty('code', 'IMAGE_IS_TEXT');
      }),
    );
  });

  it('ends where a program begins', async () => {
    expect(await outcomeOf(Buffer.concat([Buffer.from('#!/bin/sh\n'.repeat(100)), Buffer.of(0, 1, 2)]))).toBe(
      'unknown',
    );
  });
});

describe('a file of which nothing can be said', () => {
  it.each([
    ['a zip archive', Buffer.from('PK\x03\x04\x14\0rest', 'latin1'), /zip archive.*unpack it/],
    ['an empty zip archive', Buffer.from('PK\x05\x06\0\0', 'latin1'), /zip archive/],
    ['gzip', gzipSync(app), /gzip.*unpack it/],
    ['bzip2', at(0, 'BZh91AY'), /bzip2/],
    ['xz', at(0, '\xfd7zXZ\0'), /xz/],
    ['7z', at(0, '7z\xbc\xaf\x27\x1c'), /7z/],
    ['zstd', at(0, '\x28\xb5\x2f\xfd'), /zstd/],
    ['lz4', at(0, '\x04\x22\x4d\x18'), /lz4/],
    ['rar', at(0, 'Rar!\x1a\x07'), /rar/],
    ['tar', at(257, 'ustar\x0000'), /tar archive/],
    ['a patch', at(0, '\x10\xde\xcd\xfc'), /esp_delta_ota/],
    ['an encrypted image', at(0, '\xcf\xb6\x88\x07'), /pre-encrypted/],
    ['anything else', deflateRawSync(app), /nothing in it could be checked/],
    ['random bytes', seededBytes('random', 100_000), /nothing in it could be checked/],
    ['a few high bytes', Buffer.from('\xaa\xbb\xcc\xdd', 'latin1'), /nothing in it could be checked/],
  ])('such as %s is not known', async (_what, bytes, reason) => {
    const { verdict } = await readBytes(bytes);
    expect(verdict).toEqual({ kind: 'unknown', reason: expect.stringMatching(reason) });
  });
});

describe('a real image', () => {
  it('is taken for nothing else', async () => {
    for (const name of ['scales_bridge-1.0.0-esp32c3.bin', 'scales_bridge_tab5-1.1.0-esp32p4.bin']) {
      expect(await outcomeOf(readFileSync(`test/fixtures/esp-images/${name}`))).toBe('application');
    }
  });
});
