import { useQueries, useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useCallback, useMemo, useRef, useState, type ReactNode } from 'react';
import Pause from '~icons/lucide/pause';
import Play from '~icons/lucide/play';
import X from '~icons/lucide/x';
import { asProblem } from '../../api/problem';
import { attemptsQuery, type Attempt } from '../../api/queries/attempts';
import { firmwareListQuery, firmwareQuery } from '../../api/queries/firmware';
import { useKeys } from '../../shell/keys';
import type { TextSearch } from '../../search';
import { AsCommand } from '../../ui/as-command';
import { Button } from '../../ui/button';
import { Chip } from '../../ui/chip';
import { deviceIdText, parseDeviceId } from '../../ui/device-id';
import { count } from '../../ui/numbers';
import { PageHead } from '../../ui/page';
import { EmptyState, Fault, Skeleton } from '../../ui/states';
import { Status } from '../../ui/status';
import { VirtualTable } from '../../ui/virtual-table';
import { attemptCard, attemptColumns, statusOf } from './columns';
import { useTail } from './use-tail';

const STATUSES: readonly Attempt['status'][] = ['pending', 'downloading', 'installing', 'success', 'failed'];
type ActivitySearch = TextSearch<'device' | 'release' | 'status'>;
const PART = 200;
const MOST = 1_000;

/** The attempts to update, the newest first, as they come; the address is the filter. */
export default function ActivityPage(): ReactNode {
  const search = useSearch({ from: '/activity' }) as ActivitySearch;
  const navigate = useNavigate();
  const [isPaused, setPaused] = useState(false);
  const [limit, setLimit] = useState(PART);
  const frame = useRef<HTMLDivElement>(null);
  const device = search.device === undefined ? undefined : (parseDeviceId(search.device) ?? undefined);
  const firmware = /^\d{1,15}$/.test(search.release ?? '') ? Number(search.release) : undefined;
  const status = STATUSES.find((name) => name === search.status);
  const list = {
    ...(device !== undefined && { device_id: device }),
    ...(firmware !== undefined && { firmware_id: firmware }),
    ...(status !== undefined && { status }),
  };
  const { data, error } = useQuery(attemptsQuery({ ...list, limit }));
  const tail = useTail(JSON.stringify(list), data?.rows ?? [], isPaused);
  const releases = useQuery(firmwareListQuery({ limit: PART })).data?.rows ?? [];
  const versionOf = useVersions(tail.rows);

  const change = (next: Partial<Record<keyof typeof search, string | undefined>>): void =>
    void navigate({ to: '/activity', search: { ...search, ...next } });
  useKeys([
    { keys: 'p', name: isPaused ? 'Go on' : 'Pause', run: () => setPaused(!isPaused) },
    {
      keys: 'j',
      name: 'To the list',
      run: () => frame.current?.querySelector<HTMLElement>('[role="table"]')?.focus(),
    },
  ]);
  const columns = useMemo(() => attemptColumns(versionOf), [versionOf]);
  const card = useCallback((row: Attempt) => attemptCard(row, versionOf), [versionOf]);
  const open = useCallback((href: string) => void navigate({ to: href }), [navigate]);
  const options = [
    ...(device === undefined ? [] : [`--device-id ${deviceIdText(device)}`]),
    ...(firmware === undefined ? [] : [`--firmware-id ${firmware}`]),
    ...(status === undefined ? [] : [`--status ${status}`]),
  ];
  const query = new URLSearchParams(Object.entries(list).map(([key, value]) => [key, String(value)]));
  return (
    <>
      <PageHead title="Activity" note={data ? count(data.total) : undefined}>
        <AsCommand
          ota={['logs --follow', ...options].join(' ')}
          path={`/api/ota/admin/logs${query.size === 0 ? '' : `?${query.toString()}`}`}
        />
        {data && data.total > limit && limit < MOST && (
          <Button onClick={() => setLimit(limit + PART)}>Show older</Button>
        )}
        <Button
          aria-pressed={isPaused}
          icon={isPaused ? <Play className="size-3.5" /> : <Pause className="size-3.5" />}
          onClick={() => setPaused(!isPaused)}
        >
          {isPaused ? 'Go on' : 'Pause'}
        </Button>
      </PageHead>
      <div className="flex shrink-0 flex-wrap items-center gap-2 border-b border-line bg-canvas px-4 py-2 md:px-6">
        <div role="group" aria-label="Status" className="flex min-w-0 gap-1.5 overflow-x-auto">
          {STATUSES.map((name) => (
            <Chip
              key={name}
              pressed={name === status}
              onToggle={() => change({ status: name === status ? undefined : name })}
            >
              <Status of={statusOf(name)} />
            </Chip>
          ))}
        </div>
        <select
          aria-label="Release"
          value={firmware ?? ''}
          onChange={(event) => change({ release: event.target.value || undefined })}
          className="h-8 max-w-60 rounded border border-field bg-panel pr-7 pl-2 text-sm"
        >
          <option value="">All releases</option>
          {firmware !== undefined && !releases.some(({ id }) => id === firmware) && (
            <option value={firmware}>Firmware {firmware}</option>
          )}
          {releases.map(({ id, device_type, version, build_number }) => (
            <option key={id} value={id}>
              {device_type} {version} · {build_number}
            </option>
          ))}
        </select>
        {search.device !== undefined && (
          <Chip pressed onToggle={() => change({ device: undefined })} icon={<X className="size-3.5" />}>
            Device {device === undefined ? search.device : deviceIdText(device)}
          </Chip>
        )}
      </div>
      {tail.waiting > 0 && (
        <button
          type="button"
          onClick={() => {
            setPaused(false);
            tail.showWaiting();
          }}
          className="shrink-0 border-b border-line bg-tint py-1.5 text-sm font-medium text-accent"
        >
          {count(tail.waiting)} new
        </button>
      )}
      {error && !data ? (
        <Fault problem={asProblem(error)} />
      ) : !data ? (
        <Skeleton lines={12} />
      ) : tail.rows.length === 0 ? (
        <EmptyState title={options.length > 0 ? 'No attempt matches.' : 'No device has tried to update yet.'}>
          An attempt begins when a check offers a device a release, and ends when the device says that it
          succeeded or failed.
        </EmptyState>
      ) : (
        <div ref={frame} className="flex min-h-0 flex-1 flex-col" {...tail.holding}>
          <VirtualTable
            label="Attempts"
            total={tail.rows.length}
            rowAt={(index) => tail.rows[index]}
            columns={columns}
            keyOf={keyOf}
            hrefOf={hrefOf}
            onOpen={open}
            card={card}
          />
        </div>
      )}
    </>
  );
}

const keyOf = ({ id }: Attempt): number => id;
const hrefOf = ({ device_id }: Attempt): string => `/devices/${device_id}`;

/** @returns what says of which version a firmware is; a firmware that was purged has none */
function useVersions(rows: readonly Attempt[]): (firmware: number) => string {
  const ids = [...new Set(rows.map(({ firmware_id }) => firmware_id))].sort((a, b) => a - b);
  const found = useQueries({ queries: ids.map((id) => firmwareQuery(id)) });
  const text = ids.map((id, index) => {
    const firmware = found[index]?.data;
    return `${id}=${firmware ? `${firmware.device_type} ${firmware.version}` : ''}`;
  });
  const stamp = text.join('\n');
  return useMemo(() => {
    const names = new Map(
      stamp.split('\n').map((line) => [Number(line.split('=')[0]), line.slice(line.indexOf('=') + 1)]),
    );
    return (firmware) => {
      const name = names.get(firmware);
      return name === undefined || name === '' ? `Firmware ${firmware}` : name;
    };
  }, [stamp]);
}
