import type { DeviceStatus } from '../../domain/device-status.js';
import type { FleetCell, FleetDay } from './fleet-device.js';

/** How the devices are that match a filter. */
export interface FleetSummary {
  readonly total: number;
  readonly byStatus: ReadonlyMap<DeviceStatus, number>;
  /** The commonest first. */
  readonly byVersion: readonly VersionCount[];
  readonly byDay: readonly FleetDay[];
}

export type VersionCount = Omit<FleetCell, 'status'>;

/** A fleet runs some hundreds; only where anybody may check as a device are there more. */
const MOST_VERSIONS = 1_000;

export function summarize(cells: readonly FleetCell[], byDay: readonly FleetDay[]): FleetSummary {
  const byStatus = new Map<DeviceStatus, number>();
  const versions = new Map<string, VersionCount>();
  let total = 0;
  for (const { deviceType, version, build, status, devices } of cells) {
    total += devices;
    byStatus.set(status, (byStatus.get(status) ?? 0) + devices);
    const key = JSON.stringify([deviceType, version, build]);
    const known = versions.get(key)?.devices ?? 0;
    versions.set(key, { deviceType, version, build, devices: known + devices });
  }
  const byVersion = [...versions.values()].sort((a, b) => b.devices - a.devices).slice(0, MOST_VERSIONS);
  return { total, byStatus, byVersion, byDay };
}

/** Labels of a metric, each of few values whatever devices say of themselves. */
export interface FleetLevel {
  readonly labels: { readonly device_type: string; readonly version: string; readonly status: DeviceStatus };
  readonly devices: number;
}

export const MOST_TYPES_SHOWN = 20;
export const MOST_VERSIONS_SHOWN = 10;
const OTHER = 'other';
/** Of devices that have not checked yet: a text that no device says. */
const NONE = '';

/** The commonest types and the commonest versions of each by their names, and all others together. */
export function levelsOf(cells: readonly FleetCell[]): FleetLevel[] {
  const named = cells.map((cell) => ({
    ...cell,
    type: cell.deviceType ?? NONE,
    runs: cell.version ?? NONE,
  }));
  const types = commonest(named, ({ type }) => type, MOST_TYPES_SHOWN);
  const versions = new Map(
    [...types].map((type) => {
      const ofType = named.filter((cell) => cell.type === type);
      return [type, commonest(ofType, ({ runs }) => runs, MOST_VERSIONS_SHOWN)];
    }),
  );
  const levels = new Map<string, FleetLevel>();
  for (const { type, runs, status, devices } of named) {
    const shownVersions = versions.get(type);
    const device_type = shownVersions ? type : OTHER;
    const version = shownVersions?.has(runs) === true ? runs : OTHER;
    const key = JSON.stringify([device_type, version, status]);
    const known = levels.get(key)?.devices ?? 0;
    levels.set(key, { labels: { device_type, version, status }, devices: known + devices });
  }
  return [...levels.values()];
}

function commonest<T extends { readonly devices: number }>(
  cells: readonly T[],
  nameOf: (cell: T) => string,
  count: number,
): ReadonlySet<string> {
  const totals = new Map<string, number>();
  for (const cell of cells) totals.set(nameOf(cell), (totals.get(nameOf(cell)) ?? 0) + cell.devices);
  const ordered = [...totals].sort(([nameA, a], [nameB, b]) => b - a || (nameA < nameB ? -1 : 1));
  return new Set(ordered.slice(0, count).map(([name]) => name));
}
