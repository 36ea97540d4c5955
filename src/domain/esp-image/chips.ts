/** A chip that ESP-IDF builds for. */
export interface Chip {
  /** `esp_chip_id_t` of esp_app_format.h. */
  readonly id: number;
  readonly name: string;
  readonly architecture: 'Xtensa' | 'RISC-V';
  /** Addresses that are mapped to flash, from and up to: `SOC_DROM_*` and `SOC_IROM_*` of the chip's soc.h. */
  readonly flashMapped: readonly (readonly [from: number, to: number])[];
}

const chip = (
  id: number,
  name: string,
  architecture: Chip['architecture'],
  ...flashMapped: Chip['flashMapped']
): Chip => ({ id, name, architecture, flashMapped });

const CHIPS: readonly Chip[] = [
  chip(0x0000, 'ESP32', 'Xtensa', [0x3f400000, 0x3f800000], [0x400d0000, 0x40400000]),
  chip(0x0002, 'ESP32-S2', 'Xtensa', [0x3f000000, 0x3ff80000], [0x40080000, 0x40800000]),
  chip(0x0005, 'ESP32-C3', 'RISC-V', [0x3c000000, 0x3c800000], [0x42000000, 0x42800000]),
  chip(0x0009, 'ESP32-S3', 'Xtensa', [0x3c000000, 0x3e000000], [0x42000000, 0x44000000]),
  chip(0x000c, 'ESP32-C2', 'RISC-V', [0x3c000000, 0x3c400000], [0x42000000, 0x42400000]),
  chip(0x000d, 'ESP32-C6', 'RISC-V', [0x42000000, 0x43000000]),
  chip(0x0010, 'ESP32-H2', 'RISC-V', [0x42000000, 0x43000000]),
  chip(0x0012, 'ESP32-P4', 'RISC-V', [0x40000000, 0x44000000]),
  chip(0x0014, 'ESP32-C61', 'RISC-V', [0x42000000, 0x44000000]),
  chip(0x0017, 'ESP32-C5', 'RISC-V', [0x42000000, 0x44000000]),
  chip(0x0019, 'ESP32-H21', 'RISC-V', [0x42000000, 0x43000000]),
  chip(0x001c, 'ESP32-H4', 'RISC-V', [0x42000000, 0x44000000]),
  chip(0x0020, 'ESP32-S31', 'RISC-V', [0x40000000, 0x44000000]),
];

export const chipOf = (id: number): Chip | undefined => CHIPS.find((known) => known.id === id);

/** `ESP32-C3`, or the bare id of a chip that is not known here. */
export const chipName = (id: number): string => chipOf(id)?.name ?? `chip 0x${hex(id, 4)}`;

export const isFlashMapped = ({ flashMapped }: Chip, address: number): boolean =>
  flashMapped.some(([from, to]) => address >= from && address < to);

/** Lower-case digits, padded; without `0x`. */
export const hex = (value: number, digits = 8): string => value.toString(16).padStart(digits, '0');
