import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { asProblem } from '../../api/problem';
import { useMay } from '../../api/queries/me';
import {
  rolloutDevicesQuery,
  type RolloutDetail,
  type RolloutDevice,
  type RolloutDeviceState,
} from '../../api/queries/rollouts';
import { AsCommand } from '../../ui/as-command';
import { Button } from '../../ui/button';
import { Chip } from '../../ui/chip';
import { deviceIdText } from '../../ui/device-id';
import { count, counted } from '../../ui/numbers';
import { Panel } from '../../ui/page';
import { EmptyState, Fault, Skeleton } from '../../ui/states';
import { Status, type StatusName } from '../../ui/status';
import { Ago } from '../../ui/time';
import { ExcuseDialog } from './excuse-dialog';

const STATES: readonly (readonly [RolloutDeviceState, string, StatusName])[] = [
  ['failed', 'Failed', 'failed'],
  ['silent', 'Silent', 'silent'],
  ['pending', 'Updating', 'updating'],
  ['confirmed', 'Confirmed', 'confirmed'],
  ['released', 'Not begun', 'waiting'],
  ['excused', 'Excused', 'unknown'],
];
const AT_FIRST = 25;
const MORE = 100;
const EXCUSABLE = new Set<string>(['running', 'paused', 'halted']);

/** The devices that were offered the release, by where they stand. */
export function OfferedDevices({ rollout }: { readonly rollout: RolloutDetail }) {
  const { id, counts, state } = rollout;
  const { state: wanted } = useSearch({ from: '/rollouts/$id' });
  const navigate = useNavigate();
  const mayExcuse = useMay('operator') && EXCUSABLE.has(state);
  const [shown, setShown] = useState(AT_FIRST);
  const [selected, setSelected] = useState<ReadonlySet<number>>(new Set());
  const [isExcusing, setExcusing] = useState(false);
  const chosen = STATES.map(([name]) => name).find((name) => name === wanted);
  const { data, error, refetch } = useQuery(
    rolloutDevicesQuery(id, { ...(chosen !== undefined && { state: chosen }), limit: shown }),
  );
  const rows = data?.rows ?? [];
  const excusable = mayExcuse ? rows.filter(isBad) : [];
  const picked = excusable.map(({ device_id }) => device_id).filter((device) => selected.has(device));
  const path = `/api/ota/admin/rollouts/${id}/devices${chosen === undefined ? '' : `?state=${chosen}`}`;

  const choose = (name: RolloutDeviceState): void => {
    setShown(AT_FIRST);
    void navigate({
      to: '/rollouts/$id',
      params: { id: String(id) },
      search: name === chosen ? {} : { state: name },
      resetScroll: false,
    });
  };
  const toggle = (device: number): void => {
    const next = new Set(selected);
    if (!next.delete(device)) next.add(device);
    setSelected(next);
  };

  return (
    <Panel
      title={<span id="devices">Devices that were offered it</span>}
      aside={
        <AsCommand
          ota={`rollout devices ${id}${chosen === undefined ? '' : ` --state ${chosen}`}`}
          path={path}
        />
      }
    >
      <div role="group" aria-label="Only those that are" className="flex flex-wrap gap-1.5 px-5 pb-3">
        {STATES.filter(([name]) => counts[name] > 0 || name === chosen).map(([name, words]) => (
          <Chip key={name} pressed={name === chosen} onToggle={() => choose(name)}>
            {words} <span className="text-ink-3 tnum">{count(counts[name])}</span>
          </Chip>
        ))}
      </div>
      {mayExcuse && excusable.length > 0 && (
        <div className="flex min-h-12 flex-wrap items-center gap-3 border-t border-line bg-sunken/50 px-5 py-2 text-sm text-ink-2">
          <label className="flex items-center gap-3">
            <input
              type="checkbox"
              className="size-3.5 accent-accent"
              checked={picked.length === excusable.length}
              onChange={() =>
                setSelected(
                  picked.length === excusable.length
                    ? new Set()
                    : new Set(excusable.map(({ device_id }) => device_id)),
                )
              }
            />
            All {counted(excusable.length, 'failed or silent device')} below
          </label>
          <Button className="ml-auto" disabled={picked.length === 0} onClick={() => setExcusing(true)}>
            Excuse {picked.length > 0 ? counted(picked.length, 'device') : 'devices'}…
          </Button>
        </div>
      )}
      {error && <Fault problem={asProblem(error)} onRetry={() => void refetch()} />}
      {!data && !error && <Skeleton lines={4} />}
      {data && rows.length === 0 && <EmptyState title="No device is in this state." />}
      <ul>
        {rows.map((device) => (
          <DeviceRow
            key={device.device_id}
            device={device}
            isSelected={selected.has(device.device_id)}
            onSelect={mayExcuse && excusable.length > 0 ? toggle : undefined}
          />
        ))}
      </ul>
      {data && data.total > rows.length && (
        <div className="flex items-center justify-between gap-3 border-t border-line px-5 py-2.5 text-sm text-ink-3 tnum">
          {count(rows.length)} of {count(data.total)}
          {shown + MORE <= 1_000 ? (
            <Button onClick={() => setShown(shown + MORE)}>Show more</Button>
          ) : (
            <code>ota rollout devices {id} --all</code>
          )}
        </div>
      )}
      {isExcusing && (
        <ExcuseDialog
          rollout={rollout}
          deviceIds={picked}
          onClose={() => setExcusing(false)}
          onDone={() => {
            setExcusing(false);
            setSelected(new Set());
          }}
        />
      )}
    </Panel>
  );
}

const isBad = ({ state }: RolloutDevice): boolean => state === 'failed' || state === 'silent';

interface DeviceRowProps {
  readonly device: RolloutDevice;
  readonly isSelected: boolean;
  /** undefined: nobody is to be selected. */
  readonly onSelect: ((device: number) => void) | undefined;
}

function DeviceRow({ device, isSelected, onSelect }: DeviceRowProps) {
  const { device_id, state, previous_version, hw_revision, chip_revision, site, changed_at } = device;
  const [, words, look] = STATES.find(([name]) => name === state) ?? STATES[0] ?? ['', state, 'unknown'];
  const about = [
    previous_version !== null && `from ${previous_version}`,
    hw_revision !== null && `hardware ${hw_revision}`,
    chip_revision !== null && `chip ${chip_revision}`,
    site,
  ].filter(Boolean);
  const reason = device.excuse ?? device.error_message;
  return (
    <li className="relative flex items-start gap-3 border-t border-line px-5 py-2 text-sm hover:bg-sunken/60">
      {onSelect && (
        <input
          type="checkbox"
          aria-label={`Select device ${deviceIdText(device_id)}`}
          checked={isSelected}
          disabled={!isBad(device)}
          onChange={() => onSelect(device_id)}
          className="relative z-1 mt-1 size-3.5 shrink-0 accent-accent disabled:invisible"
        />
      )}
      <div className="grid min-w-0 flex-1 items-start gap-x-4 sm:grid-cols-[160px_120px_minmax(0,1fr)]">
        <Link
          to="/devices/$id"
          params={{ id: String(device_id) }}
          className="mono truncate after:absolute after:inset-0 -outline-offset-2"
        >
          {deviceIdText(device_id)}
        </Link>
        <Status of={look}>{words}</Status>
        <span className="min-w-0 text-ink-2">
          {reason !== null && <span className="line-clamp-2 text-ink">{reason}</span>}
          <span className="line-clamp-1 text-ink-3">{about.join(' · ')}</span>
        </span>
      </div>
      <span className="shrink-0 text-ink-3">
        <Ago time={changed_at} />
      </span>
    </li>
  );
}
