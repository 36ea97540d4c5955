import type { OtaLog } from '../api/wire.js';
import { bytes, printable, time } from './format.js';
import type { Column } from './table.js';

export const LOG_COLUMNS: readonly Column<OtaLog>[] = [
  { title: 'ID', cell: ({ id }) => id, align: 'right' },
  { title: 'DEVICE', cell: ({ device_id }) => device_id, align: 'right' },
  { title: 'FIRMWARE', cell: ({ firmware_id }) => firmware_id, align: 'right' },
  { title: 'STATUS', cell: ({ status }) => status },
  { title: 'BYTES', cell: ({ bytes_downloaded }) => bytes(bytes_downloaded), align: 'right' },
  { title: 'BEGUN', cell: ({ created_at }) => time(created_at) },
  { title: 'UPDATED', cell: ({ updated_at }) => time(updated_at) },
  { title: 'ERROR', cell: ({ error_message }) => error_message ?? '' },
];

/** One row as a line of its own, for rows that come one after the other. */
export function logLine(row: OtaLog): string {
  const error = row.error_message === null ? '' : `  ${printable(row.error_message)}`;
  const about = `device ${row.device_id}  firmware ${row.firmware_id}  ${row.status}`;
  return `${time(row.updated_at)}  ${about}  ${bytes(row.bytes_downloaded)}${error}`;
}
