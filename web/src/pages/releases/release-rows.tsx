import { Link } from '@tanstack/react-router';
import type { Shape } from '../../api/client';
import type { Firmware } from '../../api/queries/firmware';
import { bytes, count, counted, percent } from '../../ui/numbers';
import { Panel } from '../../ui/page';
import { Badge } from '../../ui/status';
import { Ago } from '../../ui/time';

interface ReleaseRowsProps {
  readonly releases: readonly Firmware[];
  readonly fleet: Shape<'FleetSummaryResponse'> | undefined;
}

/** The releases of each type, the newest first, with how much of the fleet runs them. */
export function ReleaseRows({ releases, fleet }: ReleaseRowsProps) {
  const types = [...new Set(releases.map(({ device_type }) => device_type))];
  return types.map((type) => {
    const devices = sum(fleet, (row) => row.device_type === type);
    return (
      <Panel key={type} title={type} aside={fleet && counted(devices, 'device')}>
        <ul>
          {releases
            .filter(({ device_type }) => device_type === type)
            .map((release) => (
              <Row key={release.id} release={release} devices={devices} runs={runs(fleet, release)} />
            ))}
        </ul>
      </Panel>
    );
  });
}

interface RowProps {
  readonly release: Firmware;
  /** Of its type. */
  readonly devices: number;
  /** How many of them run it. */
  readonly runs: number;
}

function Row({ release, devices, runs }: RowProps) {
  const { id, version, build_number, description, is_active, is_stable, file_size, image, created_at } =
    release;
  return (
    <li className="relative grid min-h-12 grid-cols-[1fr_auto] items-center gap-x-4 gap-y-0.5 border-t border-line px-5 py-2 text-sm hover:bg-sunken/60 md:grid-cols-[minmax(120px,1fr)_110px_150px_90px_80px]">
      <Link
        to="/releases/$id"
        params={{ id: String(id) }}
        className="min-w-0 truncate after:absolute after:inset-0"
      >
        <span className="font-medium">{version}</span>{' '}
        <span className="text-ink-3">build {build_number}</span>
        {description !== null && <span className="text-ink-2"> · {description}</span>}
      </Link>
      <span>
        <Badge of={!is_active ? 'inactive' : is_stable ? 'stable' : 'draft'} />
      </span>
      <span className="text-ink-2 tnum">
        {devices > 0 && (
          <>
            <Share part={runs} whole={devices} /> {percent(runs, devices)}
            <span className="text-ink-3"> ({count(runs)})</span>
          </>
        )}
      </span>
      <span className="hidden text-right text-ink-3 tnum md:block">
        {image?.application?.chip ?? bytes(file_size)}
      </span>
      <span className="text-right text-ink-3">
        <Ago time={created_at} />
      </span>
    </li>
  );
}

function Share({ part, whole }: { readonly part: number; readonly whole: number }) {
  return (
    <svg
      aria-hidden="true"
      viewBox="0 0 40 6"
      preserveAspectRatio="none"
      className="mr-1 inline-block h-1.5 w-10"
    >
      <rect width="40" height="6" rx="3" className="fill-sunken" />
      <rect width={(40 * part) / whole} height="6" rx="3" className="fill-accent" />
    </svg>
  );
}

type Version = Shape<'VersionCount'>;

const sum = (fleet: Shape<'FleetSummaryResponse'> | undefined, is: (row: Version) => boolean): number =>
  fleet?.by_version.filter(is).reduce((total, { devices }) => total + devices, 0) ?? 0;

const runs = (fleet: Shape<'FleetSummaryResponse'> | undefined, release: Firmware): number =>
  sum(
    fleet,
    ({ device_type, version, build_number }) =>
      device_type === release.device_type &&
      version === release.version &&
      (build_number === null || build_number === release.build_number),
  );
