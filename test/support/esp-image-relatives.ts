import { createHash } from 'node:crypto';
import { anEspImage, imageHeader, nulPadded, seededBytes } from './esp-image-builder.js';
import { encoded, memoryMapOf } from './esp-image-layout.js';

/** What people upload by mistake: images that begin as applications do, and are none. */

const APP_OFFSET = 0x10000;
const PARTITION_TABLE_OFFSET = 0x8000;

/** A second-stage bootloader with its descriptor, `esp_bootloader_desc_t`, as of ESP-IDF v5.2. */
export function aBootloaderImage(chip = 0x05, idfVersion = 'v5.5.1'): Buffer {
  const { dataRam, codeRam } = memoryMapOf(chip);
  const descriptor = Buffer.alloc(80);
  descriptor.writeUInt8(80, 0);
  descriptor.writeUInt32LE(1, 4);
  nulPadded(idfVersion, 32).copy(descriptor, 8);
  nulPadded('Jan  1 2026 12:00:00', 24).copy(descriptor, 40);
  const header = imageHeader({
    chip,
    entry: codeRam,
    flash: [2, 0x2f],
    chipRevisions: [0, 0xffff],
    withHash: true,
  });
  return encoded(
    header,
    [
      {
        loadAddress: dataRam,
        data: Buffer.concat([descriptor, seededBytes('bootloader data', 0x400)]),
      },
      { loadAddress: codeRam, data: seededBytes('bootloader code', 0x4000) },
    ],
    true,
  );
}

export interface Partition {
  readonly label: string;
  readonly type: number;
  readonly subtype: number;
  readonly offset: number;
  readonly size: number;
}

const TWO_OTA_PARTITIONS: readonly Partition[] = [
  { label: 'nvs', type: 1, subtype: 0x02, offset: 0x9000, size: 0x4000 },
  { label: 'otadata', type: 1, subtype: 0x00, offset: 0xd000, size: 0x2000 },
  { label: 'phy_init', type: 1, subtype: 0x01, offset: 0xf000, size: 0x1000 },
  { label: 'ota_0', type: 0, subtype: 0x10, offset: APP_OFFSET, size: 0x1e0000 },
  { label: 'ota_1', type: 0, subtype: 0x11, offset: 0x1f0000, size: 0x1e0000 },
];

/** As `gen_esp32part.py` writes it: 32 bytes a partition, the MD5 of them, 0xFF up to 0xC00 bytes. */
export function aPartitionTable(partitions = TWO_OTA_PARTITIONS): Buffer {
  const rows = Buffer.concat(partitions.map(partitionRow));
  const md5Row = Buffer.alloc(32, 0xff);
  md5Row.writeUInt16LE(0xebeb, 0);
  createHash('md5').update(rows).digest().copy(md5Row, 16);
  const table = Buffer.alloc(0xc00, 0xff);
  Buffer.concat([rows, md5Row]).copy(table);
  return table;
}

function partitionRow({ label, type, subtype, offset, size }: Partition): Buffer {
  const row = Buffer.alloc(32);
  row.writeUInt16LE(0x50aa, 0);
  row.writeUInt8(type, 2);
  row.writeUInt8(subtype, 3);
  row.writeUInt32LE(offset, 4);
  row.writeUInt32LE(size, 8);
  nulPadded(label, 16).copy(row, 12);
  return row;
}

/** Where the parts of a merged image lie in flash, and where the file begins. */
export interface FlashLayout {
  readonly tableAt?: number;
  readonly appAt?: number;
  readonly startAt?: number;
}

/** The flash from address 0 or `startAt`, `esptool merge_bin`: bootloader, partition table, application. */
export function aMergedImage(
  chip = 0x05,
  app = anEspImage().chip(chip).build(),
  { tableAt = PARTITION_TABLE_OFFSET, appAt = APP_OFFSET, startAt = 0 }: FlashLayout = {},
): Buffer {
  const flash = Buffer.alloc(appAt + app.length, 0xff);
  aBootloaderImage(chip).copy(flash, memoryMapOf(chip).bootloaderOffset);
  aPartitionTable().copy(flash, tableAt);
  app.copy(flash, appAt);
  return flash.subarray(startAt);
}

/** An image for the ESP8266: the header has 8 bytes and names no chip, nothing but the checksum ends it. */
export function anEsp8266Image(): Buffer {
  const header = Buffer.from([0xe9, 0, 2, 0x40, 0, 0, 0, 0]);
  header.writeUInt32LE(0x40100004, 4);
  return encoded(
    header,
    [
      { loadAddress: 0x40100000, data: seededBytes('esp8266 code', 0x6000) },
      { loadAddress: 0x3ffe8000, data: seededBytes('esp8266 data', 0x400) },
    ],
    false,
  );
}
