import { crc32 } from 'node:zlib';
import { DESCRIPTOR_MAGIC } from './app-descriptor.js';
import type { ImageVerdict } from './esp-image.js';
import { isForKnownChip, type FileSample } from './file-sampler.js';
import { recogniseText } from './foreign-text.js';
import { HEADER_BYTES, IMAGE_MAGIC } from './image-header.js';

/** The verdict on a file that does not claim to be an application image, with what its publisher should do. */
type ForeignVerdict = Exclude<ImageVerdict, { readonly kind: 'application' }>;

const DESCRIPTOR_AT = 0x20;
const BOOTLOADER_DESCRIPTOR_MAGIC = 0x50;
const UPLOAD_THE_APP = 'upload build/<project>.bin, which holds the application alone';
const UNPACK = 'unpack it and upload the image that is in it';

const wrong = (reason: string): ForeignVerdict => ({
  kind: 'refused',
  code: 'IMAGE_NOT_AN_APPLICATION',
  reason,
  image: null,
});
const unchecked = (reason: string): ForeignVerdict => ({ kind: 'unknown', reason });
const archive = (name: string): ForeignVerdict =>
  unchecked(`This is a ${name}, which an ESP32 cannot boot; ${UNPACK}.`);

/** What begins with these bytes. */
const FORMATS: readonly (readonly [at: number, magic: string, verdict: ForeignVerdict])[] = [
  [0, '\xea', wrongChip()],
  [0, '\xaa\x50', wrong(`This is a partition table, not an application; ${UPLOAD_THE_APP}.`)],
  [0, 'UF2\n', wrong(`This is a UF2 file, which a bootloader takes over USB; ${UPLOAD_THE_APP}.`)],
  [
    0,
    '\x7fELF',
    wrong(`This is the ELF file that the linker made, which a device cannot boot; ${UPLOAD_THE_APP}.`),
  ],
  [0, '!<arch>\n', wrong(`This is a static library, which a device cannot boot; ${UPLOAD_THE_APP}.`)],
  [0, 'DfuSe', wrong(`This is a DFU file, which a bootloader takes over USB; ${UPLOAD_THE_APP}.`)],
  [0, 'MZ', wrong(`This is a program for Windows; ${UPLOAD_THE_APP}.`)],
  [
    8,
    'littlefs',
    wrong(`This is a LittleFS image, which holds files and no application; ${UPLOAD_THE_APP}.`),
  ],
  [
    0,
    'HTTP/',
    wrong(
      'This is an HTTP answer with its headers; download the image without them (curl without --include).',
    ),
  ],
  [0, 'PK\x03\x04', archive('zip archive')],
  [0, 'PK\x05\x06', archive('zip archive')],
  [0, '\x1f\x8b', archive('gzip file')],
  [0, 'BZh', archive('bzip2 file')],
  [0, '\xfd7zXZ\0', archive('xz file')],
  [0, '7z\xbc\xaf\x27\x1c', archive('7z archive')],
  [0, '\x28\xb5\x2f\xfd', archive('zstd file')],
  [0, '\x04\x22\x4d\x18', archive('lz4 file')],
  [0, 'Rar!\x1a\x07', archive('rar archive')],
  [257, 'ustar', archive('tar archive')],
  [
    0,
    '\x10\xde\xcd\xfc',
    unchecked(
      'This is a patch of esp_delta_ota, of which nothing could be checked; the OTA component installs whole images.',
    ),
  ],
  [
    0,
    '\xcf\xb6\x88\x07',
    unchecked('This is a pre-encrypted image (esp_encrypted_img), of which nothing could be checked.'),
  ],
];

/** Whether a file says that it is an application image, be it whole or not: even one whose first byte is damaged. */
export function claimsToBeImage({ head, size }: FileSample): boolean {
  if (hasDescriptor(head)) return true;
  if (head[0] !== IMAGE_MAGIC || isEsp8266(head)) return false;
  return size < DESCRIPTOR_AT + 4 && (head.length < HEADER_BYTES || isForKnownChip(head));
}

/** What a file is that does not claim to be an application image. */
export function judgeForeignFile(sample: FileSample): ForeignVerdict {
  const { size, head } = sample;
  if (size === 0) return wrong('The file is empty; upload the image that the build made.');
  const blank = judgeBlank(sample);
  if (blank) return blank;
  const text = recogniseText(sample);
  if (text !== null) return { kind: 'refused', code: 'IMAGE_IS_TEXT', reason: text, image: null };
  return (
    judgeMerged(sample) ??
    judgeBootable(head) ??
    judgeFlashData(head) ??
    FORMATS.find(([at, magic]) => hasAt(head, at, magic))?.[2] ??
    unchecked('This is no ESP32 application image, so nothing in it could be checked.')
  );
}

function judgeBlank({ size, tail }: FileSample): ForeignVerdict | null {
  if (tail.length !== size || (tail.byte !== 0xff && tail.byte !== 0)) return null;
  const byte = tail.byte === 0 ? '0x00' : '0xFF, as a dump of erased flash is';
  return wrong(`The file is blank: all of its ${size} bytes are ${byte}; ${UPLOAD_THE_APP}.`);
}

/**
 * The flash from its beginning: a bootloader, at 0x0, 0x1000 or 0x2000 by chip, a partition table at 0x8000 or where the
 * project puts it, and applications. Some files begin where the bootloader does, so that no place is certain.
 */
function judgeMerged({ head, landmarks }: FileSample): ForeignVerdict | null {
  const { partitionTable, application, bootloader } = landmarks;
  const isErased = head.length === 512 && head.every((byte) => byte === 0xff);
  const isBootloader = head[0] === IMAGE_MAGIC && isForKnownChip(head);
  const isFlash =
    isErased || isBootloader
      ? [partitionTable, application, isErased ? bootloader : null].some((place) => place !== null)
      : partitionTable !== null && application !== null;
  if (!isFlash) return null;
  const where = application === null ? '' : ` The application in it begins at byte ${application}.`;
  return wrong(
    `This is the merged flash image, with bootloader and partition table; ${UPLOAD_THE_APP}. Installed as an ` +
      `application it would not boot.${where}`,
  );
}

/** Images that some bootloader boots, but that are no application. */
function judgeBootable(head: Buffer): ForeignVerdict | null {
  if (isEsp8266(head)) return wrongChip();
  if (head[0] !== IMAGE_MAGIC || !isForKnownChip(head)) return null;
  return wrong(
    head[DESCRIPTOR_AT] === BOOTLOADER_DESCRIPTOR_MAGIC
      ? `This is a bootloader, not an application; ${UPLOAD_THE_APP}.`
      : `This image has no application descriptor at offset 0x20: it is a bootloader, or damaged; ${UPLOAD_THE_APP}.`,
  );
}

/** What else a build or a dump of the flash leaves in files that end in .bin. */
function judgeFlashData(head: Buffer): ForeignVerdict | null {
  if (isOtaData(head)) {
    return wrong(
      `This is otadata (boot_app0.bin or ota_data_initial.bin), which says which slot to boot; ${UPLOAD_THE_APP}.`,
    );
  }
  if (isNvsPage(head)) return wrong(`This is an NVS partition, which holds settings; ${UPLOAD_THE_APP}.`);
  if (isFat(head))
    return wrong(`This is a FAT image, which holds files and no application; ${UPLOAD_THE_APP}.`);
  if (isMangled(head)) {
    return wrong(
      'Something took this file for text and destroyed it: it is full of the bytes EF BF BD, which replace what is no ' +
        'UTF-8; copy build/<project>.bin in binary mode.',
    );
  }
  return null;
}

const hasDescriptor = (head: Buffer): boolean =>
  head.length >= DESCRIPTOR_AT + 4 && head.readUInt32LE(DESCRIPTOR_AT) === DESCRIPTOR_MAGIC;

/** The CRC covers the sequence number alone. @see esp_ota_select_entry_t */
const isOtaData = (head: Buffer): boolean =>
  head.length >= 32 && crc32(head.subarray(0, 4), 0xffffffff) === head.readUInt32LE(28);

/** State, sequence number, version, 19 unused bytes of 0xFF, CRC. @see nvs_page.hpp of ESP-IDF */
const isNvsPage = (head: Buffer): boolean =>
  head.length >= 32 &&
  [0xfffffffe, 0xfffffffc].includes(head.readUInt32LE(0)) &&
  head.readUInt8(8) >= 0xfe &&
  head.subarray(9, 28).every((byte) => byte === 0xff) &&
  crc32(head.subarray(4, 28), 0xffffffff) === head.readUInt32LE(28);

const isFat = (head: Buffer): boolean =>
  hasAt(head, 510, '\x55\xaa') && (hasAt(head, 54, 'FAT') || hasAt(head, 82, 'FAT32'));

const isMangled = (head: Buffer): boolean => head.toString('latin1').split('\xef\xbf\xbd').length > 8;

/** Its header has 8 bytes, so the first segment's address and length stand where an ESP32 image has other things. */
function isEsp8266(head: Buffer): boolean {
  if (head.length < 16 || head[0] !== IMAGE_MAGIC) return false;
  const [entry, address, length] = [head.readUInt32LE(4), head.readUInt32LE(8), head.readUInt32LE(12)];
  const isIram = (value: number): boolean => value >= 0x40100000 && value < 0x40300000;
  const isDram = address >= 0x3ffe8000 && address < 0x40000000;
  return isIram(entry) && (isIram(address) || isDram) && length > 0 && length < 0x100000;
}

function wrongChip(): ForeignVerdict {
  return wrong('This is an image for the ESP8266, which no ESP32 can boot; upload one that ESP-IDF built.');
}

const hasAt = (head: Buffer, at: number, magic: string): boolean =>
  head.subarray(at, at + magic.length).equals(Buffer.from(magic, 'latin1'));
