import { DESCRIPTOR_MAGIC } from './app-descriptor.js';
import { chipOf } from './chips.js';
import { HEADER_BYTES, IMAGE_MAGIC } from './image-header.js';

/** What is kept of a file to tell what it is when it is no application image. */
export interface FileSample {
  readonly size: number;
  /** The first 512 bytes, or all there are. */
  readonly head: Buffer;
  /** Whether every byte so far is 0xFF, the colour of erased flash. */
  readonly isBlank: boolean;
  /** The bytes at places where a merged flash image has something of its own. */
  readonly at0x1000: number | undefined;
  readonly at0x2000: number | undefined;
  /** Little-endian; 0x50AA begins a partition table. */
  readonly at0x8000: number | undefined;
}

/** A file that is recognised as something else, and what its publisher should do. */
export interface ForeignFile {
  /** Whether it can never be what a device should get. */
  readonly isRefused: boolean;
  readonly reason: string;
}

const PARTITION_MAGIC = 0x50aa;
const DESCRIPTOR_AT = 0x20;
const BOOTLOADER_DESCRIPTOR_MAGIC = 0x50;
const UPLOAD_THE_APP = 'upload build/<project>.bin, which holds the application alone';

const wrong = (reason: string): ForeignFile => ({ isRefused: true, reason });
const unchecked = (reason: string): ForeignFile => ({ isRefused: false, reason });

/** Whether a file says that it is an application image, be it whole or not: even one whose first byte is damaged. */
export function claimsToBeImage({ head, size }: FileSample): boolean {
  if (hasDescriptor(head)) return true;
  if (head[0] !== IMAGE_MAGIC || isEsp8266(head)) return false;
  return (
    size < DESCRIPTOR_AT + 4 && (head.length < HEADER_BYTES || chipOf(head.readUInt16LE(12)) !== undefined)
  );
}

/** What a file is that does not claim to be an application image. */
export function recogniseForeignFile(sample: FileSample): ForeignFile {
  const { size, head, isBlank } = sample;
  if (size === 0) return wrong('The file is empty; upload the image that the build made.');
  if (isBlank) {
    return wrong(
      `The file is blank: all of its ${size} bytes are 0xFF, as a dump of erased flash is; ${UPLOAD_THE_APP}.`,
    );
  }
  if (isMerged(sample)) {
    return wrong(
      `This is the merged flash image, with bootloader and partition table; ${UPLOAD_THE_APP}. Flashed as an ` +
        'application it would not boot.',
    );
  }
  if (head[0] === 0xea || isEsp8266(head)) {
    return wrong('This is an image for the ESP8266, which no ESP32 can boot; upload one that ESP-IDF built.');
  }
  if (head[0] === IMAGE_MAGIC && isKnownChip(head)) {
    return wrong(
      head[DESCRIPTOR_AT] === BOOTLOADER_DESCRIPTOR_MAGIC
        ? `This is a bootloader, not an application; ${UPLOAD_THE_APP}.`
        : `This image has no application descriptor at offset 0x20: it is a bootloader, or damaged; ${UPLOAD_THE_APP}.`,
    );
  }
  if (startsWith(head, '\xaa\x50')) {
    return wrong(`This is a partition table, not an application; ${UPLOAD_THE_APP}.`);
  }
  if (startsWith(head, 'UF2\n')) {
    return wrong(`This is a UF2 file, which a bootloader takes over USB; ${UPLOAD_THE_APP}.`);
  }
  if (startsWith(head, '\x7fELF')) {
    return wrong(`This is the ELF file that the linker made, which a device cannot boot; ${UPLOAD_THE_APP}.`);
  }
  if (/^:[0-9A-Fa-f]{10,}\s/.test(head.toString('latin1'))) {
    return wrong(`This is an Intel HEX file, which is text and not what goes into flash; ${UPLOAD_THE_APP}.`);
  }
  const text = head
    .toString('utf8')
    .replace(/^\uFEFF/, '')
    .trimStart();
  if (/^<(!doctype|html|head|body|\?xml)/i.test(text)) {
    return wrong(
      'This is an HTML or XML page, perhaps an error page of a failed download; fetch the image again.',
    );
  }
  if (/^[{[]\s*["{[\]}]/.test(text)) {
    return wrong(
      'This is JSON text, perhaps the answer of an API instead of the file; fetch the image again.',
    );
  }
  if (head[0] === 0x1f && head[1] === 0x8b) {
    return unchecked(
      'This is a gzip file: what is in it could not be checked, and an ESP32 cannot boot it as it is.',
    );
  }
  if (startsWith(head, 'PK\x03\x04')) {
    return unchecked(
      'This is a zip file: what is in it could not be checked, and an ESP32 cannot boot it as it is.',
    );
  }
  return unchecked('This is no ESP32 application image, so nothing in it could be checked.');
}

const hasDescriptor = (head: Buffer): boolean =>
  head.length >= DESCRIPTOR_AT + 4 && head.readUInt32LE(DESCRIPTOR_AT) === DESCRIPTOR_MAGIC;

const isKnownChip = (head: Buffer): boolean =>
  head.length >= HEADER_BYTES && chipOf(head.readUInt16LE(12)) !== undefined;

function isMerged({ head, at0x1000, at0x2000, at0x8000 }: FileSample): boolean {
  if (head[0] === IMAGE_MAGIC) return at0x8000 === PARTITION_MAGIC;
  const isErased = head.length === 512 && head.every((byte) => byte === 0xff);
  return isErased && [at0x1000, at0x2000].includes(IMAGE_MAGIC);
}

/** Its header has 8 bytes, so the first segment's address and length stand where an ESP32 image has other things. */
function isEsp8266(head: Buffer): boolean {
  if (head.length < 16 || head[0] !== IMAGE_MAGIC) return false;
  const [entry, address, length] = [head.readUInt32LE(4), head.readUInt32LE(8), head.readUInt32LE(12)];
  const isIram = (value: number): boolean => value >= 0x40100000 && value < 0x40300000;
  const isDram = address >= 0x3ffe8000 && address < 0x40000000;
  return isIram(entry) && (isIram(address) || isDram) && length > 0 && length < 0x100000;
}

const startsWith = (head: Buffer, magic: string): boolean =>
  head.subarray(0, magic.length).equals(Buffer.from(magic, 'latin1'));
