import type { Device } from '../../api/queries/devices';
import { DeviceName } from '../../ui/device-name';
import { Status } from '../../ui/status';
import { Ago } from '../../ui/time';
import type { TableColumn } from '../../ui/virtual-table';

/** Of which the order does not move while devices ask. */
export const DEFAULT_SORT = 'name';

interface Sorting {
  readonly sort: string;
  readonly onSort: (sort: string) => void;
}

/** @returns the columns of the table; their titles sort */
export function columnsOf({ sort, onSort }: Sorting): readonly TableColumn<Device>[] {
  const sortedBy = (field: string, first: '' | '-' = ''): Partial<TableColumn<Device>> => ({
    onSort: () =>
      onSort(sort === `${first}${field}` ? `${first === '' ? '-' : ''}${field}` : `${first}${field}`),
    ...(sort === field && { sorted: 'ascending' }),
    ...(sort === `-${field}` && { sorted: 'descending' }),
  });
  return [
    {
      key: 'device',
      title: 'Device',
      width: 'minmax(190px, 1.6fr)',
      cell: ({ device_id, name }) => <DeviceName id={device_id} name={name} />,
      ...sortedBy('name'),
    },
    {
      key: 'status',
      title: 'Status',
      width: '160px',
      cell: ({ status }) => <Status of={status} />,
      ...sortedBy('status'),
    },
    { key: 'runs', title: 'Runs', width: 'minmax(130px, 1fr)', cell: runs, ...sortedBy('version') },
    {
      key: 'type',
      title: 'Type',
      width: 'minmax(120px, 1fr)',
      cell: ({ device_type }) => device_type,
      ...sortedBy('device_type'),
    },
    {
      key: 'channel',
      title: 'Channel',
      width: '100px',
      cell: ({ channel }) => channel,
      ...sortedBy('channel'),
    },
    { key: 'tags', title: 'Tags', width: 'minmax(90px, 1fr)', cell: ({ tags }) => tags.join(', ') },
    {
      key: 'seen',
      title: 'Last seen',
      width: '100px',
      cell: ({ last_seen_at }) => <Ago time={last_seen_at} />,
      ...sortedBy('last_seen_at', '-'),
    },
  ];
}

/** What it runs, and what it should run when that is something else. */
function runs({ version, build_number, desired_version }: Device) {
  if (version === null) return <span className="text-ink-3">not known</span>;
  return (
    <span className="tnum">
      {version}
      {build_number !== null && <span className="text-ink-3"> · {build_number}</span>}
      {desired_version !== null && <span className="text-ink"> → {desired_version}</span>}
    </span>
  );
}

/** Two lines for a phone. */
export function deviceCard({ device_id, name, status, version, device_type, tags, last_seen_at }: Device) {
  return (
    <span className="grid grid-cols-[minmax(0,1fr)_auto] gap-x-3">
      <span className="truncate">
        <DeviceName id={device_id} name={name} />
      </span>
      <Status of={status} />
      <span className="truncate text-xs text-ink-3">
        {[version, device_type, ...tags].filter((part) => part !== null).join(' · ')}
      </span>
      <span className="text-right text-xs text-ink-3">
        <Ago time={last_seen_at} />
      </span>
    </span>
  );
}
