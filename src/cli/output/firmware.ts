import type { Firmware, FirmwareDetail } from '../api/wire.js';
import { bytes, time, whole } from './format.js';
import { renderFacts, type Column } from './table.js';

/** A release is what devices are offered; what is not stable waits to be one. */
export function stateOf({ is_active, is_stable }: Firmware): string {
  if (!is_active) return 'inactive';
  return is_stable ? 'stable' : 'unstable';
}

export const FIRMWARE_COLUMNS: readonly Column<Firmware>[] = [
  { title: 'ID', cell: ({ id }) => id, align: 'right' },
  { title: 'DEVICE TYPE', cell: ({ device_type }) => device_type },
  { title: 'VERSION', cell: ({ version }) => version },
  { title: 'BUILD', cell: ({ build_number }) => build_number, align: 'right' },
  { title: 'STATE', cell: stateOf },
  { title: 'FLOOR', cell: ({ min_current_version }) => min_current_version ?? '' },
  { title: 'SIZE', cell: ({ file_size }) => bytes(file_size), align: 'right' },
  { title: 'RELEASED', cell: ({ released_at }) => time(released_at) },
  { title: 'DESCRIPTION', cell: ({ description }) => description ?? '' },
];

/** All of one firmware. */
export function renderFirmware(firmware: FirmwareDetail, width: number): string {
  const facts: [string, string | number | null][] = [
    ['ID', firmware.id],
    ['Device type', firmware.device_type],
    ['Version', `${firmware.version}, build ${firmware.build_number}`],
    ['State', stateOf(firmware)],
    ['Floor', firmware.min_current_version],
    ['File name', firmware.filename],
    ['Size', `${whole(firmware.file_size)} bytes`],
    ['SHA-256', firmware.file_hash],
    ['Binary path', firmware.binary_path],
    ['Description', firmware.description],
    ['Release notes', firmware.release_notes],
    ['Created', time(firmware.created_at)],
    ['Updated', time(firmware.updated_at)],
    ['Released', time(firmware.released_at)],
  ];
  return renderFacts(
    facts.map(([name, value]) => [name, value ?? '-'] as const),
    width,
  );
}
