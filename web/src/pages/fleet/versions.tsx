import { Link } from '@tanstack/react-router';
import type { Shape } from '../../api/client';
import { ShareBar } from '../../charts/share-bar';
import { classes } from '../../ui/classes';
import { counted, percent } from '../../ui/numbers';
import { Panel } from '../../ui/page';
import { newestFirst } from '../../ui/versions';

type VersionCount = Shape<'VersionCount'>;

/** The newest is full, older ones fade: the order is read without a legend. */
const SHADES = ['bg-accent', 'bg-accent/55', 'bg-accent/30', 'bg-ink-3/40'] as const;

interface Line {
  readonly name: string;
  readonly devices: number;
  readonly color: string;
  /** null: several versions. */
  readonly q: string | null;
}

/** Which versions the devices of each type run. */
export function Versions({ fleet }: { readonly fleet: Shape<'FleetSummaryResponse'> }) {
  const types = [...Map.groupBy(fleet.by_version, ({ device_type }) => device_type ?? '')]
    .map(([type, versions]) => ({
      type,
      versions,
      total: versions.reduce((sum, { devices }) => sum + devices, 0),
    }))
    .sort((one, other) => other.total - one.total);
  if (types.length === 0) return null;
  return (
    <Panel title="Versions in the field">
      <ul>
        {types.map(({ type, versions, total }) => {
          const lines = linesOf(type, versions);
          return (
            <li key={type} className="border-t border-line px-5 py-4">
              <div className="mb-2 flex justify-between gap-4 text-sm">
                <span className="min-w-0 font-medium">{type === '' ? 'Of no type' : type}</span>
                <span className="shrink-0 text-ink-3 tnum">{counted(total, 'device')}</span>
              </div>
              <ShareBar
                thick
                label={`${type}: ${lines.map((line) => `${line.name} on ${counted(line.devices, 'device')}`).join(', ')}`}
                total={total}
                shares={lines.map(({ name, devices, color }) => ({ key: name, value: devices, color }))}
              />
              <ul className="mt-2 flex flex-wrap gap-x-5 gap-y-1 text-xs">
                {lines.map(({ name, devices, color, q }) => (
                  <li key={name} className="flex items-center gap-1.5">
                    <span aria-hidden="true" className={classes('size-2 rounded-[2px]', color)} />
                    {q === null ? (
                      <span className="font-medium">{name}</span>
                    ) : (
                      <Link to="/devices" search={{ q }} className="font-medium hover:underline">
                        {name}
                      </Link>
                    )}
                    <span className="text-ink-3 tnum">{percent(devices, total)}</span>
                  </li>
                ))}
              </ul>
            </li>
          );
        })}
      </ul>
    </Panel>
  );
}

/** The three newest, and what is left. */
function linesOf(type: string, versions: readonly VersionCount[]): Line[] {
  const byVersion = [...Map.groupBy(versions, ({ version }) => version ?? 'unknown')]
    .map(([name, same]) => ({ name, devices: same.reduce((sum, { devices }) => sum + devices, 0) }))
    .sort((one, other) => newestFirst(one.name, other.name));
  const [newest, older] = [byVersion.slice(0, 3), byVersion.slice(3)];
  const lines: Line[] = newest.map(({ name, devices }, index) => ({
    name,
    devices,
    color: SHADES[index] ?? SHADES[3],
    q: name === 'unknown' ? null : [...(type === '' ? [] : [`type:${type}`]), `version:${name}`].join(' '),
  }));
  const rest = older.reduce((sum, { devices }) => sum + devices, 0);
  return rest === 0 ? lines : [...lines, { name: 'older', devices: rest, color: SHADES[3], q: null }];
}
