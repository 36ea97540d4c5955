import type { ReactNode } from 'react';
import { useQuery } from '@tanstack/react-query';
import type { Shape } from '../../api/client';
import { asProblem } from '../../api/problem';
import { fleetQuery } from '../../api/queries/devices';
import { firmwareListQuery, type Firmware } from '../../api/queries/firmware';
import { AsCommand } from '../../ui/as-command';
import { counted } from '../../ui/numbers';
import { PageBody, PageHead } from '../../ui/page';
import { Fault, Skeleton } from '../../ui/states';
import { FirstMinute } from './first-minute';
import { LastReleases } from './last-releases';
import { NeedsEyes } from './needs-eyes';
import { Numbers } from './numbers';
import { Updates } from './updates';
import { Versions } from './versions';

/** How many of the newest releases are shown. */
const SHOWN_RELEASES = 5;
/** The server lists them by type, the newest version of each first: so many are looked through for the newest of all. */
const READ_RELEASES = 200;

/** What needs somebody comes first; the rest says how the fleet is. */
export default function FleetPage(): ReactNode {
  const fleet = useQuery(fleetQuery());
  const releases = useQuery(firmwareListQuery({ limit: READ_RELEASES }));
  const problem = fleet.error ?? releases.error;
  const isFirstMinute = fleet.data && releases.data && isBeginning(fleet.data, releases.data.total);
  return (
    <>
      <PageHead
        title="Fleet"
        note={fleet.data && fleet.data.total > 0 && counted(fleet.data.total, 'device')}
      >
        <AsCommand ota="devices" path="/api/ota/admin/devices/summary" />
      </PageHead>
      <PageBody>
        {problem && !fleet.data && (
          <Fault problem={asProblem(problem)} onRetry={() => void fleet.refetch()} />
        )}
        {fleet.isPending && <Skeleton lines={6} />}
        {isFirstMinute && (
          <FirstMinute
            devices={fleet.data.total}
            releases={releases.data.total}
            first={releases.data.rows.at(-1)}
          />
        )}
        {fleet.data && fleet.data.total > 0 && (
          <>
            <Numbers fleet={fleet.data} />
            <NeedsEyes fleet={fleet.data} />
            <Versions fleet={fleet.data} />
            <Updates fleet={fleet.data} />
          </>
        )}
        {releases.data && releases.data.total > 0 && <LastReleases releases={newest(releases.data.rows)} />}
      </PageBody>
    </>
  );
}

/** Until the first device has updated itself, or runs what is released. */
function isBeginning(fleet: Shape<'FleetSummaryResponse'>, releases: number): boolean {
  if (fleet.total === 0 || releases === 0) return true;
  const hasUpdated = fleet.by_day.some(({ updated }) => updated > 0);
  return releases === 1 && !hasUpdated && (fleet.by_status['up_to_date'] ?? 0) === 0;
}

const newest = (releases: readonly Firmware[]): readonly Firmware[] =>
  [...releases]
    .sort((one, other) => Date.parse(other.created_at) - Date.parse(one.created_at))
    .slice(0, SHOWN_RELEASES);
