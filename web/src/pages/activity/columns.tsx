import type { Attempt } from '../../api/queries/attempts';
import { deviceIdText } from '../../ui/device-id';
import { bytes } from '../../ui/numbers';
import { Status, type StatusName } from '../../ui/status';
import { Ago, At } from '../../ui/time';
import type { TableColumn } from '../../ui/virtual-table';

type VersionOf = (firmware: number) => string;

export const statusOf = (status: Attempt['status']): StatusName =>
  status === 'pending' ? 'offered' : status;

export const attemptColumns = (versionOf: VersionOf): readonly TableColumn<Attempt>[] => [
  {
    key: 'device',
    title: 'Device',
    width: 'minmax(150px, 180px)',
    cell: ({ device_id }) => <span className="mono">{deviceIdText(device_id)}</span>,
  },
  {
    key: 'began',
    title: 'Began',
    width: 'minmax(190px, 210px)',
    cell: ({ created_at }) => <At time={created_at} />,
  },
  { key: 'status', title: 'Status', width: '130px', cell: ({ status }) => <Status of={statusOf(status)} /> },
  {
    key: 'release',
    title: 'Release',
    width: 'minmax(190px, 1.2fr)',
    cell: ({ firmware_id }) => versionOf(firmware_id),
  },
  { key: 'says', title: 'What it says', width: 'minmax(140px, 2fr)', cell: (row) => <bdi>{words(row)}</bdi> },
  { key: 'ago', title: 'Last report', width: '100px', cell: ({ updated_at }) => <Ago time={updated_at} /> },
];

function words({ status, error_message, bytes_downloaded }: Attempt): string {
  if (error_message !== null) return error_message;
  return status === 'downloading' ? `${bytes(bytes_downloaded)} so far` : '';
}

/** Two lines for a phone. */
export function attemptCard(row: Attempt, versionOf: VersionOf) {
  return (
    <span className="grid grid-cols-[minmax(0,1fr)_auto] gap-x-3">
      <span className="mono truncate">{deviceIdText(row.device_id)}</span>
      <Status of={statusOf(row.status)} />
      <span className="truncate text-xs text-ink-3">
        {versionOf(row.firmware_id)} <bdi>{words(row)}</bdi>
      </span>
      <span className="text-right text-xs text-ink-3">
        <Ago time={row.updated_at} />
      </span>
    </span>
  );
}
