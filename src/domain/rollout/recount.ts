import type { Counters } from './admission.js';
import type { RolloutDevice } from './device-events.js';
import { blockOf, MAX_GROUPS, WHOLE, type Part, type PartKey } from './parts.js';
import { countFailures, type PossibleFailure } from './sites.js';

export interface Recount {
  readonly counters: Counters;
  readonly parts: readonly Part[];
}

/** Counts everything from the devices: what the counters must be, after whatever has happened. */
export function recount(devices: readonly RolloutDevice[]): Recount {
  const inState = (...states: readonly RolloutDevice['state'][]): number =>
    devices.filter(({ state }) => states.includes(state)).length;
  return {
    counters: {
      offered: devices.length,
      confirmed: inState('confirmed'),
      bad: inState('failed', 'silent'),
      released: inState('released'),
      excused: inState('excused'),
    },
    parts: partsOf(devices),
  };
}

/** What makes a device a member of parts. */
type Member = Pick<RolloutDevice, 'seq' | 'groups'>;

/**
 * The same after some devices have changed, from the bad ones alone.
 * @param released by how much each of the changed devices adds to those that are released, -1..1
 * @param bad all devices that are failed or silent now
 * @returns the parts that have changed
 */
export function recountParts(
  parts: readonly Part[],
  released: readonly { readonly device: Member; readonly by: number }[],
  bad: readonly (Member & PossibleFailure)[],
): Part[] {
  const gone = new Map<string, number>();
  for (const { device, by } of released)
    if (by !== 0) for (const name of partNamesOf(device)) gone.set(name, (gone.get(name) ?? 0) + by);
  const failures = new Map<string, PossibleFailure[]>();
  for (const device of bad) {
    for (const name of partNamesOf(device)) {
      const ofPart = failures.get(name);
      if (ofPart) ofPart.push(device);
      else failures.set(name, [device]);
    }
  }
  return parts.flatMap((part) => {
    const name = nameOf(part);
    const n = part.n - (gone.get(name) ?? 0);
    const k = countFailures(failures.get(name) ?? []);
    return n === part.n && k === part.k ? [] : [{ ...part, n, k }];
  });
}

const nameOf = ({ dimension, value }: PartKey): string => `${dimension} ${value}`;
const partNamesOf = ({ seq, groups }: Member): string[] =>
  [WHOLE, { dimension: 'block' as const, value: String(blockOf(seq)) }, ...groups].map(nameOf);

interface Members extends PartKey {
  readonly rank: number;
  readonly devices: RolloutDevice[];
}

function partsOf(devices: readonly RolloutDevice[]): Part[] {
  const groups = new Map<string, Members>();
  const blocks = new Map<number, Members>();
  for (const device of devices.toSorted((a, b) => a.seq - b.seq)) {
    for (const { dimension, value } of device.groups) {
      const key = nameOf({ dimension, value });
      const group = groups.get(key);
      if (group) group.devices.push(device);
      else if (groups.size < MAX_GROUPS)
        groups.set(key, { dimension, value, rank: groups.size + 1, devices: [device] });
    }
    const rank = blockOf(device.seq);
    const block = blocks.get(rank);
    if (block) block.devices.push(device);
    else blocks.set(rank, { dimension: 'block', value: String(rank), rank, devices: [device] });
  }
  const whole: Members = { ...WHOLE, rank: 1, devices: [...devices] };
  return [whole, ...groups.values(), ...blocks.values()].map(({ devices: members, ...key }) => ({
    ...key,
    n: members.filter(({ state }) => state !== 'released').length,
    k: countFailures(members),
  }));
}
