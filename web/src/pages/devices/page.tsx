import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useCallback, useMemo, useRef, useState, type ReactNode } from 'react';
import { asProblem } from '../../api/problem';
import type { Chosen } from '../../api/queries/device-bulk';
import { exportDevices, fleetQuery, type DeviceStatus } from '../../api/queries/devices';
import { groupsQuery } from '../../api/queries/groups';
import { useMay } from '../../api/queries/me';
import { all } from '../../filter';
import { useKeys } from '../../shell/keys';
import { AsCommand } from '../../ui/as-command';
import { Button } from '../../ui/button';
import { count, counted } from '../../ui/numbers';
import { PageHead } from '../../ui/page';
import { saveFile } from '../../ui/save-file';
import { shellWord } from '../../ui/shell-word';
import { Fault, Skeleton } from '../../ui/states';
import { sayFault } from '../../ui/toasts';
import { VirtualTable } from '../../ui/virtual-table';
import { BulkBar } from './bulk-bar';
import { columnsOf, DEFAULT_SORT, deviceCard } from './columns';
import { FilterBar } from './filter-bar';
import { NoDevices } from './no-devices';
import { SaveGroup } from './save-group';
import { facetsOf, filterOfSearch, filterWithoutStatus, statusesOf, type DevicesSearch } from './search';
import { MOST_ROWS, useDeviceRows } from './use-device-rows';

/** All devices, or those that a filter finds; the address is the filter. */
export default function DevicesPage(): ReactNode {
  const search = useSearch({ from: '/devices' }) as DevicesSearch;
  const navigate = useNavigate({ from: '/devices' });
  const mayChange = useMay('operator');
  const sort = search.sort ?? DEFAULT_SORT;
  const q = filterOfSearch(search);
  const base = filterWithoutStatus(search);

  const rows = useDeviceRows(q, sort);
  const summary = useQuery(fleetQuery(base));
  const { data: groups } = useQuery(groupsQuery);
  const [selection, setSelection] = useState<Selection>(NOTHING);
  const [savesGroup, setSavesGroup] = useState(false);
  const box = useRef<HTMLInputElement>(null);
  const tableFrame = useRef<HTMLDivElement>(null);

  const total = rows.total ?? 0;
  const change = useCallback(
    (next: { readonly [name in keyof DevicesSearch]?: string | undefined }, replace = false) => {
      void navigate({ search: (now: DevicesSearch) => ({ ...now, ...next }), replace });
    },
    [navigate],
  );
  const clear = (): void => setSelection(NOTHING);
  const chooseAll = (): void => setSelection({ isAll: true, ids: new Set() });
  const toTable = (): void => tableFrame.current?.querySelector<HTMLElement>('[role="table"]')?.focus();
  useKeys([
    { keys: '/', name: 'Filter the devices', run: () => box.current?.focus() },
    { keys: 'j', name: 'To the list', run: toTable },
    { keys: 'e', name: 'Export as CSV', run: () => void saveCsv(q) },
    { keys: 'Escape', name: 'Clear the selection', run: clear },
  ]);
  const columns = useMemo(
    () => columnsOf({ sort, onSort: (next) => change({ sort: next === DEFAULT_SORT ? undefined : next }) }),
    [sort, change],
  );
  const select = useCallback((key: string | number) => {
    setSelection(({ isAll, ids }) => {
      const next = new Set(ids);
      if (!next.delete(Number(key))) next.add(Number(key));
      return { isAll, ids: next };
    });
  }, []);
  const { isAll, ids } = selection;
  const selected = useMemo(
    () => ({ has: (key: string | number) => ids.has(Number(key)) !== isAll }),
    [isAll, ids],
  );
  const open = useCallback((href: string) => void navigate({ to: href }), [navigate]);
  const devices = isAll ? total - ids.size : ids.size;
  const chosen: Chosen = isAll
    ? { q: all(q, ...[...ids].map((id) => `-id:${id}`)), expect: devices }
    : { ids: [...ids] };

  const problem = summary.error ? asProblem(summary.error) : rows.problem;
  const isFilterFault = problem?.code === 'FILTER_INVALID';
  const statuses = statusesOf(search);
  return (
    <>
      <PageHead title="Devices" note={rows.total === null ? undefined : count(total)}>
        {rows.waiting > 0 && (
          <Button kind="quiet" onClick={rows.showWaiting}>
            {count(rows.waiting)} moved: show them
          </Button>
        )}
        <AsCommand
          ota={`devices${q === '' ? '' : ` ${shellWord(q)}`} --sort ${sort}`}
          path={`/api/ota/admin/devices?${new URLSearchParams({ ...(q !== '' && { q }), sort }).toString()}`}
        />
        {mayChange && q !== '' && !isFilterFault && (
          <Button onClick={() => setSavesGroup(true)}>Save as group…</Button>
        )}
        {mayChange && total > 0 && !isAll && <Button onClick={chooseAll}>Select all {count(total)}</Button>}
        <Button onClick={() => void saveCsv(q)} disabled={total === 0}>
          <span className="max-sm:unseen">Export </span>CSV
        </Button>
      </PageHead>
      <FilterBar
        q={search.q ?? ''}
        onFilter={(text, isFirst) => {
          clear();
          change({ q: text === '' ? undefined : text }, !isFirst);
        }}
        fault={isFilterFault ? problem.detail : undefined}
        onLeave={toTable}
        box={box}
        counts={summary.data?.by_status}
        statuses={statuses}
        onStatus={(status) => {
          clear();
          change({ status: toggled(statuses, status) });
        }}
        facets={facetsOf(search)}
        onFacet={(key, value) => {
          clear();
          change({ [key]: value });
        }}
        groups={groups?.rows ?? []}
      />
      {rows.total === null ? (
        isFilterFault ? null : problem ? (
          <Fault problem={problem} />
        ) : (
          <Skeleton lines={12} />
        )
      ) : total === 0 ? (
        <NoDevices isFiltered={q !== ''} onExample={(example) => change({ q: example, status: undefined })} />
      ) : (
        <div ref={tableFrame} className="flex min-h-0 flex-1 flex-col">
          <VirtualTable
            label="Devices"
            total={Math.min(total, MOST_ROWS)}
            rowAt={rows.rowAt}
            columns={columns}
            keyOf={keyOf}
            hrefOf={hrefOf}
            onOpen={open}
            card={deviceCard}
            onRange={rows.onRange}
            {...(mayChange && { selected, onSelect: select })}
          />
          {total > MOST_ROWS && (
            <p className="border-t border-line bg-canvas px-4 py-1.5 text-xs text-ink-3 md:px-6">
              The first {counted(MOST_ROWS, 'device')} are listed. Narrow the filter, or export all{' '}
              {count(total)}.
            </p>
          )}
          {mayChange && devices > 0 && (
            <BulkBar
              chosen={chosen}
              devices={devices}
              total={total}
              onChooseAll={chooseAll}
              onClear={clear}
              onDone={() => {
                clear();
                rows.showWaiting();
              }}
            />
          )}
        </div>
      )}
      <SaveGroup
        open={savesGroup}
        onClose={() => setSavesGroup(false)}
        filter={q}
        devices={total}
        onSaved={(name) => void navigate({ search: { group: name } })}
      />
    </>
  );
}

interface Selection {
  /** All that match are selected, but these. */
  readonly isAll: boolean;
  readonly ids: ReadonlySet<number>;
}
const NOTHING: Selection = { isAll: false, ids: new Set() };

const keyOf = ({ device_id }: { readonly device_id: number }): number => device_id;
const hrefOf = ({ device_id }: { readonly device_id: number }): string => `/devices/${device_id}`;

function toggled(statuses: readonly string[], status: DeviceStatus): string | undefined {
  const next = statuses.includes(status)
    ? statuses.filter((other) => other !== status)
    : [...statuses, status];
  return next.length === 0 ? undefined : next.join();
}

/** Gives the browser a file: all that match, not only what is listed. */
async function saveCsv(q: string): Promise<void> {
  try {
    saveFile(await exportDevices(q), `devices-${new Date().toISOString().slice(0, 10)}.csv`);
  } catch (error) {
    sayFault(asProblem(error));
  }
}
