import type { Ref } from 'react';
import X from '~icons/lucide/x';
import type { Shape } from '../../api/client';
import type { DeviceStatus } from '../../api/queries/devices';
import type { Group } from '../../api/queries/groups';
import { Chip } from '../../ui/chip';
import { count } from '../../ui/numbers';
import { Status } from '../../ui/status';
import { FilterBox } from './filter-box';

/** What needs somebody comes first. */
const STATUSES: readonly DeviceStatus[] = [
  'failed',
  'rolled_back',
  'silent',
  'blocked',
  'pending',
  'updating',
  'waiting',
  'up_to_date',
  'unknown',
];

interface FilterBarProps {
  readonly q: string;
  readonly onFilter: (q: string, isFirst: boolean) => void;
  readonly fault: string | undefined;
  readonly onLeave: () => void;
  readonly box: Ref<HTMLInputElement>;
  /** How many there are of each under the filter; undefined until it is known. */
  readonly counts: Shape<'FleetSummaryResponse'>['by_status'] | undefined;
  readonly statuses: readonly string[];
  readonly onStatus: (status: DeviceStatus) => void;
  readonly facets: readonly { readonly key: string; readonly value: string }[];
  readonly onFacet: (key: string, value: string | undefined) => void;
  readonly groups: readonly Group[];
}

/** The filter of the list: written, by status, by group. All of it stands in the address. */
export function FilterBar(props: FilterBarProps) {
  const { counts, statuses, facets, groups, onFacet } = props;
  const shown = STATUSES.filter((status) => statuses.includes(status) || (counts?.[status] ?? 0) > 0);
  return (
    <div className="flex shrink-0 flex-wrap items-center gap-2 border-b border-line bg-canvas px-4 py-2 md:px-6">
      <FilterBox
        ref={props.box}
        value={props.q}
        onChange={props.onFilter}
        fault={props.fault}
        onLeave={props.onLeave}
      />
      {/* On a phone in one line. */}
      <div className="flex w-full min-w-0 items-center gap-2 md:contents">
        {groups.length > 0 && (
          <select
            aria-label="Group"
            value={facets.find(({ key }) => key === 'group')?.value ?? ''}
            onChange={(event) => onFacet('group', event.target.value || undefined)}
            className="h-8 w-32 shrink-0 rounded border md:w-44 border-field bg-panel pr-7 pl-2 text-sm"
          >
            <option value="">All groups</option>
            {groups.map(({ id, name, count: devices }) => (
              <option key={id} value={name}>
                {name}
                {devices === null ? '' : ` (${count(devices)})`}
              </option>
            ))}
          </select>
        )}
        {facets
          .filter(({ key }) => key !== 'group')
          .map(({ key, value }) => (
            <Chip
              key={key}
              pressed
              onToggle={() => onFacet(key, undefined)}
              icon={<X className="size-3.5" />}
            >
              {key}: <bdi>{value}</bdi>
            </Chip>
          ))}
        <div
          role="group"
          aria-label="Status"
          className="flex min-w-0 gap-1.5 max-md:flex-1 max-md:overflow-x-auto md:flex-wrap"
        >
          {shown.map((status) => (
            <Chip key={status} pressed={statuses.includes(status)} onToggle={() => props.onStatus(status)}>
              <Status of={status} /> <span className="tnum text-ink-3">{count(counts?.[status] ?? 0)}</span>
            </Chip>
          ))}
        </div>
      </div>
    </div>
  );
}
