import { Link } from '@tanstack/react-router';
import type { Shape } from '../../api/client';
import { count, percent } from '../../ui/numbers';
import { Status, type StatusName } from '../../ui/status';

interface FleetProps {
  readonly fleet: Shape<'FleetSummaryResponse'>;
}

interface Tile {
  readonly of: StatusName;
  readonly name: string;
  readonly statuses: readonly string[];
  /** Instead of the share of the fleet. */
  readonly note?: string;
}

const TILES: readonly Tile[] = [
  { of: 'up_to_date', name: 'Up to date', statuses: ['up_to_date'] },
  { of: 'updating', name: 'Updating', statuses: ['updating'] },
  { of: 'silent', name: 'Silent', statuses: ['silent'], note: 'missed three checks' },
  { of: 'failed', name: 'Failed or rolled back', statuses: ['failed', 'rolled_back'] },
];

/** Four numbers, each a link to the devices that it counts. */
export function Numbers({ fleet }: FleetProps) {
  return (
    <ul className="grid grid-cols-2 gap-3 lg:grid-cols-4">
      {TILES.map(({ of, name, statuses, note }) => {
        const devices = statuses.reduce((sum, status) => sum + (fleet.by_status[status] ?? 0), 0);
        return (
          <li key={of}>
            <Link
              to="/devices"
              search={{ q: statuses.map((status) => `status:${status}`).join(' OR ') }}
              className="block rounded-lg border border-line bg-panel px-4 py-2.5 text-xs transition-colors hover:border-field"
            >
              <Status of={of}>{name}</Status>
              <span className="mt-0.5 block text-2xl font-semibold tnum">{count(devices)}</span>
              <span className="text-ink-3 tnum">
                {note ?? `${percent(devices, fleet.total)} of the fleet`}
              </span>
            </Link>
          </li>
        );
      })}
    </ul>
  );
}
