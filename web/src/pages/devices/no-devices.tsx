import { Link } from '@tanstack/react-router';
import { EmptyState } from '../../ui/states';

interface NoDevicesProps {
  readonly isFiltered: boolean;
  readonly onExample: (filter: string) => void;
}

const EXAMPLES = [
  ['version:<1.2.0', 'run something older'],
  ['tag:beta -tag:lab', 'have one tag and not another'],
  ['-seen:7d', 'were not heard of for a week'],
  ['attr.site:riga OR attr.site:turku', 'say where they are'],
] as const;

/** Why there is no device, and what to do. */
export function NoDevices({ isFiltered, onExample }: NoDevicesProps) {
  if (!isFiltered) {
    return (
      <EmptyState title="No device has asked for an update yet.">
        A device appears here after its first check. To see some without hardware:{' '}
        <code className="rounded bg-sunken px-1">ota simulate --devices 5 --device-type my_device</code>.{' '}
        <Link to="/" className="text-accent underline">
          Connect a device
        </Link>
      </EmptyState>
    );
  }
  return (
    <EmptyState title="No device matches.">
      Terms beside each other must all hold. Filters that find devices that
      <ul className="mt-2 grid justify-items-center gap-1">
        {EXAMPLES.map(([filter, meaning]) => (
          <li key={filter}>
            <button
              type="button"
              className="mono text-xs text-accent hover:underline"
              onClick={() => onExample(filter)}
            >
              {filter}
            </button>{' '}
            {meaning}
          </li>
        ))}
      </ul>
    </EmptyState>
  );
}
