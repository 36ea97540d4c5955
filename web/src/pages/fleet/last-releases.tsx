import { Link } from '@tanstack/react-router';
import type { Firmware } from '../../api/queries/firmware';
import { bytes } from '../../ui/numbers';
import { Panel } from '../../ui/page';
import { Badge } from '../../ui/status';
import { Ago } from '../../ui/time';

/** The newest releases, as they were published. */
export function LastReleases({ releases }: { readonly releases: readonly Firmware[] }) {
  return (
    <Panel
      title="Last releases"
      aside={
        <Link to="/releases" className="hover:underline">
          All releases
        </Link>
      }
    >
      <ul>
        {releases.map(
          ({ id, device_type, version, build_number, is_active, is_stable, file_size, created_at }) => (
            <li
              key={id}
              className="relative grid min-h-12 grid-cols-[1fr_auto] items-center gap-x-4 border-t border-line px-5 py-2 text-sm hover:bg-sunken/60 md:grid-cols-[1fr_140px_90px_80px]"
            >
              <Link
                to="/releases/$id"
                params={{ id: String(id) }}
                className="min-w-0 after:absolute after:inset-0"
              >
                <span className="font-medium">{version}</span>{' '}
                <span className="text-ink-3">
                  build {build_number} · {device_type}
                </span>
              </Link>
              <span>
                <Badge of={!is_active ? 'inactive' : is_stable ? 'stable' : 'draft'} />
              </span>
              <span className="hidden text-right text-ink-3 tnum md:block">{bytes(file_size)}</span>
              <span className="hidden text-right text-ink-3 md:block">
                <Ago time={created_at} />
              </span>
            </li>
          ),
        )}
      </ul>
    </Panel>
  );
}
