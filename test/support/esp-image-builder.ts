import { createCipheriv, createHash, type KeyObject } from 'node:crypto';
import { encoded, laidOut, memoryMapOf, type Lies, type Segment } from './esp-image-layout.js';
import { withSignatureSector, withV1Signature } from './esp-image-signature.js';

export type { Segment } from './esp-image-layout.js';

/** Text of a descriptor, or the bytes of one that is not text. */
type Text = string | Buffer;

interface Fields {
  readonly chip: number;
  readonly entry?: number;
  readonly flashMode: number;
  readonly flashSpeed: number;
  readonly flashSize: number;
  readonly chipRevisions: readonly [number, number];
  readonly withHash: boolean;

  readonly withDescriptor: boolean;
  readonly secureVersion: number;
  readonly version: Text;
  readonly project: Text;
  readonly time: Text;
  readonly date: Text;
  readonly idfVersion: Text;
  readonly elfSha256: string;
  readonly efuseBlockRevisions: readonly [number, number];
  readonly mmuPageSize: number;
  readonly spiFlashMode: number;

  readonly segments?: readonly Segment[];
  readonly size: number;
  readonly seed: string;
  readonly securePadV2: boolean;
  readonly sign: (image: Buffer) => Buffer;
  readonly lies: Lies;
}

const DEFAULTS: Fields = {
  chip: 0x05,
  flashMode: 2,
  flashSpeed: 0xf,
  flashSize: 2,
  chipRevisions: [0, 0xffff],
  withHash: true,
  withDescriptor: true,
  secureVersion: 0,
  version: '1.0.0',
  project: 'demo_sensor',
  time: '12:00:00',
  date: 'Jan  1 2026',
  idfVersion: 'v5.5.1',
  elfSha256: '',
  efuseBlockRevisions: [0, 0xffff],
  mmuPageSize: 16,
  spiFlashMode: 0,
  size: 0,
  seed: 'content',
  securePadV2: false,
  sign: (image) => image,
  lies: {},
};

/**
 * An application for the ESP32-C3, version 1.0.0 of `demo_sensor`, of some 64 KiB, until told otherwise.
 * Immutable: every method returns another builder. Numbers and texts are written as they are given, so that
 * images can say what no tool would let them say.
 */
export const anEspImage = (): EspImageBuilder => new EspImageBuilder(DEFAULTS);

export class EspImageBuilder {
  constructor(private readonly fields: Fields) {}

  /** `chip_id` of the header: 0x05 is the ESP32-C3, 0x12 the ESP32-P4. */
  chip = (chip: number) => this.with({ chip });
  /** The address of the code that is run first. */
  entry = (entry: number) => this.with({ entry });
  /** 0 QIO, 1 QOUT, 2 DIO, 3 DOUT, 4 FAST_READ, 5 SLOW_READ. */
  flashMode = (flashMode: number) => this.with({ flashMode });
  /** The nibble of the header: 0xF is 80 MHz on most chips. */
  flashSpeed = (flashSpeed: number) => this.with({ flashSpeed });
  /** The nibble of the header, the logarithm of the MiB: 2 is 4 MiB. */
  flashSize = (flashSize: number) => this.with({ flashSize });
  /** Major * 100 + minor of the oldest and the newest chip it runs on. */
  chipRevisions = (min: number, max: number) => this.with({ chipRevisions: [min, max] });
  withoutHash = () => this.with({ withHash: false });

  secureVersion = (secureVersion: number) => this.with({ secureVersion });
  /** At most 32 bytes; with all 32 nothing ends it. */
  version = (version: Text) => this.with({ version });
  project = (project: Text) => this.with({ project });
  /** `HH:MM:SS` */
  time = (time: Text) => this.with({ time });
  /** `Mmm dd yyyy` */
  date = (date: Text) => this.with({ date });
  idfVersion = (idfVersion: Text) => this.with({ idfVersion });
  /** 64 hex digits; zeros if not given. */
  elfSha256 = (elfSha256: string) => this.with({ elfSha256 });
  efuseBlockRevisions = (min: number, max: number) => this.with({ efuseBlockRevisions: [min, max] });
  /** Its logarithm, also the one the segments are laid out for: 16 is 64 KiB. 0 is how older images say 64 KiB. */
  mmuPageSize = (mmuPageSize: number) => this.with({ mmuPageSize });
  /** Of the descriptor (ESP-IDF v6.1): 1 QIO, 2 QOUT, 3 DIO, 4 DOUT, 5 OPI, 0 unknown. */
  spiFlashMode = (spiFlashMode: number) => this.with({ spiFlashMode });
  /** The first segment begins with its content, as that of a bootloader. */
  withoutDescriptor = () => this.with({ withDescriptor: false });

  /**
   * The content as the linker has it, in any order but for the first one, in front of whose data the descriptor
   * is written (its address is that of the descriptor). Data is filled up with zeros to whole words.
   */
  segments = (segments: readonly Segment[]) => this.with({ segments });
  /** Makes content of its own, so that the image without its signature has at least so many bytes. */
  size = (size: number) => this.with({ size });
  /** Another seed gives other content of the same layout. */
  seed = (seed: string) => this.with({ seed });

  /** Padded so that it ends on 64 KiB, `elf2image --secure-pad-v2`. */
  securePadV2 = () => this.with({ securePadV2: true });
  /** Signed for Secure Boot v2 with one to three private keys; see {@link withSignatureSector}. */
  signedWith = (keys: KeyObject | readonly KeyObject[]) =>
    this.with({ sign: (image) => withSignatureSector(image, [keys].flat()) });
  /** Signed for Secure Boot v1 with an ECDSA P-256 private key. */
  signedV1 = (key: KeyObject) => this.with({ sign: (image) => withV1Signature(image, key) });

  /** No segments at all; checksum and hash are right. */
  withoutSegments = () => this.with({ segments: [], withDescriptor: false });
  /** The header counts so many segments, whatever there is; the hash is right. */
  lyingSegmentCount = (segmentCount: number) => this.lying({ segmentCount });
  /** The segment in this place of the file says it has so many bytes, whatever it has; the hash is right. */
  lyingSegmentLength = (index: number, length: number) =>
    this.lying({ segmentLengths: new Map([...(this.fields.lies.segmentLengths ?? []), [index, length]]) });
  /** The hash is right. */
  wrongChecksum = () => this.lying({ wrongChecksum: true });
  wrongHash = () => this.lying({ wrongHash: true });

  build(): Buffer {
    return this.fields.sign(encoded(this.header(), this.layout(), this.fields.withHash, this.fields.lies));
  }

  private with(change: Partial<Fields>): EspImageBuilder {
    return new EspImageBuilder({ ...this.fields, ...change });
  }

  private lying(lies: Lies): EspImageBuilder {
    return this.with({ lies: { ...this.fields.lies, ...lies } });
  }

  private header(): Buffer {
    const { chip, entry, flashMode, flashSpeed, flashSize, chipRevisions, withHash } = this.fields;
    return imageHeader({
      chip,
      entry: entry ?? textAddress(chip),
      flash: [flashMode, (flashSize << 4) | flashSpeed],
      chipRevisions,
      withHash,
    });
  }

  private layout(): Segment[] {
    const { chip, mmuPageSize, securePadV2, segments, size } = this.fields;
    const pageSize = mmuPageSize >= 13 && mmuPageSize <= 16 ? 1 << mmuPageSize : 0x10000;
    const lay = (content: readonly Segment[], padded = securePadV2) =>
      laidOut(this.described(content), memoryMapOf(chip), pageSize, padded);
    if (segments) return lay(segments);
    const least = encoded(this.header(), lay(this.madeUp(0), false), this.fields.withHash).length;
    // In steps of 16 bytes, as the checksum ends on 16.
    return lay(this.madeUp(Math.ceil(Math.max(0, size - least) / 16) * 16));
  }

  /** @param more bytes of code than in the smallest image. */
  private madeUp(more: number): Segment[] {
    const { chip, seed } = this.fields;
    const map = memoryMapOf(chip);
    return [
      { loadAddress: map.rodata[0] + 0x20, data: seededBytes(`${seed} rodata`, 0x200) },
      { loadAddress: map.dataRam, data: seededBytes(`${seed} data`, 0x400) },
      { loadAddress: map.codeRam, data: seededBytes(`${seed} code`, 0x800) },
      { loadAddress: textAddress(chip), data: seededBytes(`${seed} text`, 0x400 + more) },
    ];
  }

  private described(content: readonly Segment[]): Segment[] {
    const words = content.map(({ loadAddress, data }) => ({ loadAddress, data: wholeWords(data) }));
    const [first, ...others] = words;
    if (!first || !this.fields.withDescriptor) return words;
    return [{ ...first, data: Buffer.concat([this.descriptor(), first.data]) }, ...others];
  }

  /** `esp_app_desc_t`, 256 bytes. */
  private descriptor(): Buffer {
    const { secureVersion, version, project, time, date, idfVersion, elfSha256 } = this.fields;
    const { efuseBlockRevisions, mmuPageSize, spiFlashMode } = this.fields;
    const descriptor = Buffer.alloc(256);
    descriptor.writeUInt32LE(0xabcd5432, 0x00);
    descriptor.writeUInt32LE(secureVersion, 0x04);
    nulPadded(version, 32).copy(descriptor, 0x10);
    nulPadded(project, 32).copy(descriptor, 0x30);
    nulPadded(time, 16).copy(descriptor, 0x50);
    nulPadded(date, 16).copy(descriptor, 0x60);
    nulPadded(idfVersion, 32).copy(descriptor, 0x70);
    nulPadded(Buffer.from(elfSha256, 'hex'), 32).copy(descriptor, 0x90);
    descriptor.writeUInt16LE(efuseBlockRevisions[0], 0xb0);
    descriptor.writeUInt16LE(efuseBlockRevisions[1], 0xb2);
    descriptor.writeUInt8(mmuPageSize, 0xb4);
    descriptor.writeUInt8(spiFlashMode, 0xb5);
    return descriptor;
  }
}

/** What stands in `esp_image_header_t`, but for the number of segments. */
export interface HeaderFields {
  readonly chip: number;
  readonly entry: number;
  /** Bytes 2 and 3: the mode; the size in the high nibble, the speed in the low one. */
  readonly flash: readonly [number, number];
  readonly chipRevisions: readonly [number, number];
  readonly withHash: boolean;
}

/** `esp_image_header_t`, 24 bytes, the number of segments 0. */
export function imageHeader({ chip, entry, flash, chipRevisions, withHash }: HeaderFields): Buffer {
  const header = Buffer.alloc(24);
  header.set([0xe9, 0, ...flash]);
  header.writeUInt32LE(entry, 4);
  header.writeUInt8(0xee, 8);
  header.writeUInt16LE(chip, 12);
  header.writeUInt16LE(chipRevisions[0], 15);
  header.writeUInt16LE(chipRevisions[1], 17);
  header.writeUInt8(withHash ? 1 : 0, 23);
  return header;
}

/** A page further than the read-only data, which chips with one bus have in the same range. */
const textAddress = (chip: number): number => memoryMapOf(chip).text[0] + 0x10020;

const wholeWords = (data: Buffer): Buffer => Buffer.concat([data, Buffer.alloc(-data.length & 3)]);

/** @throws RangeError if it is longer than the field. */
export function nulPadded(text: Text, length: number): Buffer {
  const bytes = Buffer.from(text);
  if (bytes.length > length) throw new RangeError(`${bytes.length} bytes do not fit into ${length}.`);
  return Buffer.concat([bytes, Buffer.alloc(length - bytes.length)]);
}

/** The same bytes for the same seed, and no pattern in them. */
export function seededBytes(seed: string, length: number): Buffer {
  const key = createHash('sha256').update(seed).digest();
  return createCipheriv('aes-256-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(length));
}
