import type { Firmware, FirmwareDetail, WireImage } from '../api/wire/firmware.js';
import { bytes, whole } from './format.js';
import type { Output } from './output.js';
import type { StyleName } from './style.js';
import { renderFacts, type Column } from './table.js';
import type { Times } from './times.js';

type State = 'stable' | 'draft' | 'withdrawn' | 'inactive' | 'pruned';

/** A pruned firmware is inactive and has no file. A draft was never stable; a withdrawn firmware was, but no longer is. */
export function stateOf({ is_active, is_stable, released_at, pruned_at }: Firmware): State {
  if (!is_active) return (pruned_at ?? null) === null ? 'inactive' : 'pruned';
  if (is_stable) return 'stable';
  return released_at === null ? 'draft' : 'withdrawn';
}

const STATE_STYLES: Readonly<Record<State, StyleName>> = {
  stable: 'green',
  draft: 'yellow',
  withdrawn: 'yellow',
  inactive: 'dim',
  pruned: 'dim',
};

/** `1.1.0 build 2 of scales_bridge`. */
export const nameOf = ({
  version,
  build_number,
  device_type,
}: Pick<Firmware, 'version' | 'build_number' | 'device_type'>): string =>
  `${version} build ${build_number} of ${device_type}`;

export const firmwareColumns = (times: Times): readonly Column<Firmware>[] => [
  { title: 'ID', cell: ({ id }) => id, align: 'right' },
  { title: 'DEVICE TYPE', cell: ({ device_type }) => device_type, least: 20 },
  { title: 'VERSION', cell: ({ version }) => version },
  { title: 'BUILD', cell: ({ build_number }) => build_number, align: 'right' },
  { title: 'STATE', cell: stateOf, style: (row) => STATE_STYLES[stateOf(row)] },
  { title: 'RELEASED', cell: ({ released_at }) => times.age(released_at) },
  { title: 'FLOOR', cell: ({ min_current_version }) => min_current_version ?? '', leaveOut: 2 },
  { title: 'SIZE', cell: ({ file_size }) => bytes(file_size), align: 'right', leaveOut: 3 },
  { title: 'DESCRIPTION', cell: ({ description }) => description ?? '', least: 11, leaveOut: 1 },
];

/** Renders all fields of one firmware. */
export function renderFirmware(firmware: FirmwareDetail, { width, style, times }: Output): string {
  const facts: [string, string | number | null][] = [
    ['ID', firmware.id],
    ['Device type', firmware.device_type],
    ['Version', `${firmware.version}, build ${firmware.build_number}`],
    ['State', stateOf(firmware)],
    ['Floor', firmware.min_current_version],
    ...(firmware.offer_to_unparsable === true
      ? [['Also offered to', 'devices whose version cannot be read'] as [string, string]]
      : []),
    ['Image', imageText(firmware.image)],
    ['File name', firmware.filename],
    ['Size', `${whole(firmware.file_size)} bytes`],
    ['SHA-256', firmware.file_hash],
    ['Binary path', firmware.binary_path],
    ['Description', firmware.description],
    ['Release notes', firmware.release_notes],
    ['Created', times.fullWithAge(firmware.created_at)],
    ['Updated', times.fullWithAge(firmware.updated_at)],
    ['Released', times.fullWithAge(firmware.released_at) || null],
    ...((firmware.pruned_at ?? null) === null
      ? []
      : [['Pruned', times.fullWithAge(firmware.pruned_at ?? null)] as [string, string]]),
  ];
  return renderFacts(
    facts.map(([name, value]) => [name, value ?? '-'] as const),
    width,
    style,
  );
}

/** Describes the data read from the file, in one line. */
export function imageText(image: WireImage | null | undefined): string | null {
  if (!image) return null;
  const { application } = image;
  if (!application) return 'not an ESP32 application image; could not be checked';
  const { chip, project_name, version, idf_version, secure_version, signature } = application;
  return [
    `${project_name || 'unnamed project'} ${version} for ${chip}`,
    `ESP-IDF ${idf_version}`,
    ...(secure_version > 0 ? [`secure version ${secure_version}`] : []),
    ...(signature.scheme === 'none' ? [] : [`signed (${signature.scheme})`]),
  ].join(', ');
}
