import type { Firmware } from '../api/wire/firmware.js';
import type { OtaLog } from '../api/wire/logs.js';
import { bytes } from './format.js';
import type { StyleName } from './style.js';
import type { Column } from './table.js';
import { printable } from './text.js';
import type { Times } from './times.js';

/** The known firmware by id. */
export type FirmwareById = ReadonlyMap<number, Firmware>;

const STATUS_STYLES: Readonly<Record<string, StyleName>> = {
  success: 'green',
  failed: 'red',
  downloading: 'cyan',
  installing: 'cyan',
};

export const logColumns = (times: Times, firmware: FirmwareById): readonly Column<OtaLog>[] => {
  const of = ({ firmware_id }: OtaLog): Firmware | undefined => firmware.get(firmware_id);
  return [
    { title: 'ID', cell: ({ id }) => id, align: 'right', leaveOut: 2 },
    { title: 'DEVICE', cell: ({ device_id }) => device_id, align: 'right' },
    { title: 'DEVICE TYPE', cell: (row) => of(row)?.device_type ?? '', least: 12, leaveOut: 4 },
    { title: 'FIRMWARE', cell: ({ firmware_id }) => firmware_id, align: 'right', leaveOut: 3 },
    { title: 'VERSION', cell: (row) => of(row)?.version ?? `id ${row.firmware_id}` },
    { title: 'BUILD', cell: (row) => of(row)?.build_number ?? '', align: 'right', leaveOut: 1 },
    {
      title: 'STATUS',
      cell: ({ status }) => status,
      style: ({ status }) => STATUS_STYLES[status] ?? null,
    },
    {
      title: 'BYTES',
      cell: ({ bytes_downloaded }) => bytes(bytes_downloaded),
      align: 'right',
      leaveOut: 5,
    },
    { title: 'UPDATED', cell: ({ updated_at }) => times.age(updated_at) },
    { title: 'ERROR', cell: ({ error_message }) => error_message ?? '', least: 20 },
  ];
};

/** Renders one row as a line, for rows that arrive one by one. */
export function logLine(row: OtaLog, times: Times, firmware: FirmwareById): string {
  const known = firmware.get(row.firmware_id);
  const what = known ? `${known.version} build ${known.build_number}` : `firmware ${row.firmware_id}`;
  const error = row.error_message === null ? '' : `  ${printable(row.error_message)}`;
  const about = `device ${row.device_id}  ${what}  ${row.status}`;
  return `${times.full(row.updated_at)}  ${about}  ${bytes(row.bytes_downloaded)}${error}`;
}
