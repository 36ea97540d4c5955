import type { Instant } from '../instant.js';
import type { Counters, RolloutConstants } from './admission.js';
import { SECOND } from './durations.js';
import type { FailureKind } from './failure-kind.js';
import type { PartKey } from './parts.js';
import { unpausedBetween, type Pause } from './pauses.js';

/** Where a device stands in a rollout, once it was offered the firmware. Wire names. */
export const DEVICE_STATES = ['pending', 'confirmed', 'failed', 'silent', 'released', 'excused'] as const;
export type DeviceState = (typeof DEVICE_STATES)[number];

/** A device of a rollout. These rows are the truth; all counters can be counted from them again. */
export interface RolloutDevice {
  /** The number of its offer, from 1. */
  readonly seq: number;
  readonly groups: readonly PartKey[];
  /** Devices that lose their power together; null: not known. */
  readonly site: string | null;
  readonly offeredAt: Instant;
  /** When it was first heard that it installs; null: not yet. */
  readonly installingAt: Instant | null;
  readonly state: DeviceState;
  /** Attempts that failed for reasons that pass. */
  readonly attempts: number;
  /** It runs the firmware, but has not reported its success. */
  readonly isUnreported: boolean;
}

export type DeviceEvent =
  /** It checked and was offered the firmware again. */
  | { readonly kind: 'offered' }
  | { readonly kind: 'downloading' }
  | { readonly kind: 'installing'; readonly at: Instant }
  | { readonly kind: 'success'; readonly at: Instant }
  | { readonly kind: 'failed'; readonly failure: FailureKind }
  /** A check says what it runs: the firmware, what it ran when it was offered the firmware, or something else. */
  | {
      readonly kind: 'seen';
      readonly runs: 'target' | 'previous' | 'other';
      readonly at: Instant;
      /** By its boot id, since it reported that it installs; null: its boot ids are not known. */
      readonly hasRebooted: boolean | null;
    }
  /** The sweep looks at it. */
  | { readonly kind: 'time'; readonly now: Instant; readonly pauses: readonly Pause[] }
  /** An operator knows another reason for its failure. */
  | { readonly kind: 'excused' };

/** What a change adds to the counters. A part that the device belongs to loses what `released` gains. */
export type Deltas = Omit<Counters, 'offered'>;

export interface DeviceChange {
  readonly device: RolloutDevice;
  readonly deltas: Deltas;
  /** Failures have to be counted again, and the evidence is to be evaluated. */
  readonly affectsFailures: boolean;
}

/** A device without boot ids that still runs the previous version may not have restarted yet for so long. */
const LONGEST_RESTART = 60 * SECOND;

/** What an event comes to, after it was compared with the clocks of the device. */
type Step = 'start' | 'confirm' | 'hurt' | 'refuse' | 'give_up' | 'fall_silent' | 'excuse';

/** A state without an entry stays. */
const NEXT: Readonly<Record<Step, Readonly<Partial<Record<DeviceState, DeviceState>>>>> = {
  // A released device that begins after all counts as a new one from then on.
  start: { released: 'pending' },
  // A failed device was hurt, and stays failed.
  confirm: { pending: 'confirmed', silent: 'confirmed', released: 'confirmed' },
  hurt: { pending: 'failed', silent: 'failed', confirmed: 'failed', released: 'failed' },
  // A confirmed device runs the firmware, whatever it says of another copy of it.
  refuse: { pending: 'failed', silent: 'failed', released: 'failed' },
  give_up: { pending: 'released' },
  fall_silent: { pending: 'silent' },
  excuse: { failed: 'excused', silent: 'excused' },
};

const COUNTER: Readonly<Record<DeviceState, keyof Deltas | null>> = {
  pending: null,
  confirmed: 'confirmed',
  failed: 'bad',
  silent: 'bad',
  released: 'released',
  excused: 'excused',
};

/** The same event again changes nothing, but for an attempt that failed: the log of attempts tells those apart. */
export function applyEvent(
  device: RolloutDevice,
  event: DeviceEvent,
  constants: RolloutConstants,
): DeviceChange | null {
  const noted = note(device, event);
  const step = stepOf(noted, event, constants);
  const next = step && NEXT[step][noted.state];
  const after = next ? { ...noted, state: next } : noted;
  return after === device ? null : changeOf(device, after);
}

/** What an event says that is no state. */
function note(device: RolloutDevice, event: DeviceEvent): RolloutDevice {
  const { state, installingAt } = device;
  const isOpen = state === 'pending' || state === 'released';
  if (event.kind === 'installing' && isOpen && installingAt === null)
    return { ...device, installingAt: event.at };
  if (event.kind === 'failed' && event.failure === 'passing' && state === 'pending' && installingAt === null)
    return { ...device, attempts: device.attempts + 1 };
  const confirms = NEXT.confirm[state] === 'confirmed';
  if (event.kind === 'success' && (confirms || device.isUnreported))
    return { ...device, installingAt: installingAt ?? event.at, isUnreported: false };
  if (event.kind === 'seen' && event.runs === 'target' && confirms)
    return { ...device, installingAt: installingAt ?? event.at, isUnreported: true };
  return device;
}

function stepOf(device: RolloutDevice, event: DeviceEvent, constants: RolloutConstants): Step | null {
  switch (event.kind) {
    case 'offered':
    case 'downloading':
      return null;
    case 'installing':
      return 'start';
    case 'success':
      return 'confirm';
    case 'failed':
      if (event.failure !== 'passing') return event.failure === 'artefact' ? 'refuse' : 'hurt';
      return device.installingAt === null && device.attempts >= constants.attemptsPerDevice
        ? 'give_up'
        : null;
    case 'seen':
      if (event.runs === 'target') return 'confirm';
      return event.runs === 'previous' && hasReturned(device, event.at, event.hasRebooted) ? 'hurt' : null;
    case 'time':
      return dueStep(device, event.now, event.pauses, constants);
    case 'excused':
      return 'excuse';
  }
}

/** A device that has begun to install and runs its previous version after a restart has not kept the firmware. */
function hasReturned({ installingAt }: RolloutDevice, at: Instant, hasRebooted: boolean | null): boolean {
  if (installingAt === null) return false;
  return hasRebooted ?? at - installingAt > LONGEST_RESTART;
}

function dueStep(
  { installingAt, offeredAt }: RolloutDevice,
  now: Instant,
  pauses: readonly Pause[],
  { silentAfter, offerExpiresAfter }: RolloutConstants,
): Step | null {
  if (installingAt !== null)
    return unpausedBetween(installingAt, now, pauses) >= silentAfter ? 'fall_silent' : null;
  return unpausedBetween(offeredAt, now, pauses) >= offerExpiresAfter ? 'give_up' : null;
}

function changeOf(before: RolloutDevice, after: RolloutDevice): DeviceChange {
  const deltas = { confirmed: 0, bad: 0, released: 0, excused: 0 };
  const [left, entered] = [COUNTER[before.state], COUNTER[after.state]];
  if (left) deltas[left] -= 1;
  if (entered) deltas[entered] += 1;
  return {
    device: after,
    deltas,
    affectsFailures: before.state !== after.state && (left === 'bad' || entered === 'bad'),
  };
}
