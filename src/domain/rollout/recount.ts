import type { Counters } from './admission.js';
import type { RolloutDevice } from './device-events.js';
import { blockOf, MAX_GROUPS, WHOLE, type Part, type PartKey } from './parts.js';
import { countFailures } from './sites.js';

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

interface Members extends PartKey {
  readonly rank: number;
  readonly devices: RolloutDevice[];
}

function partsOf(devices: readonly RolloutDevice[]): Part[] {
  const groups = new Map<string, Members>();
  const blocks = new Map<number, Members>();
  for (const device of devices.toSorted((a, b) => a.seq - b.seq)) {
    for (const { dimension, value } of device.groups) {
      const key = `${dimension} ${value}`;
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
