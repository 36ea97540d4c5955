import type { Instant } from '../instant.js';
import type { DeviceState } from './device-events.js';
import { isIncluded, type Phase } from './phases.js';
import type { RolloutState } from './rollout-states.js';
import { isOpen, type Schedule } from './windows.js';
import { UTC, type TimeZone } from './local-time.js';

/** Why a rollout does not offer its firmware to a device that it is for. Wire names. */
export const WITHHELD_REASONS = [
  'rollout_waiting',
  'rollout_paused',
  'outside_window',
  'attempts_exhausted',
] as const;
export type WithheldReason = (typeof WITHHELD_REASONS)[number];

export const isWithheld = (reason: string): reason is WithheldReason =>
  (WITHHELD_REASONS as readonly string[]).includes(reason);

/** What a rollout has for one device at one moment. */
export type RolloutStanding =
  /** The firmware: it was offered it before, or the rollout has finished. */
  | { readonly kind: 'granted' }
  /** The firmware, if one more device may be offered it: the database decides, see mayOffer. */
  | { readonly kind: 'admission' }
  | { readonly kind: 'withheld'; readonly reason: WithheldReason };

/** A rollout, as far as it says what becomes of a check. */
export interface RolloutRule {
  readonly state: RolloutState;
  readonly schedule: Schedule;
  readonly phases: readonly Phase[];
  /** Of the phase that holds. */
  readonly phaseIndex: number;
  readonly attemptsPerDevice: number;
}

/** What is known of an offer that was made to the device. */
export interface KnownOffer {
  readonly state: DeviceState;
  readonly attempts: number;
  /** It began to install, and has started anew since without running the firmware. */
  readonly hasReturned: boolean;
}

/** What is asked of a device, in the order in which it costs more. */
export interface RolloutQuestion {
  readonly now: Instant;
  /** null: it was not offered the firmware, as far as is known. */
  readonly offer: KnownOffer | null;
  /** Whether the target of the rollout selects the device; null: what it asks of devices is still being read. */
  readonly isTargeted: () => boolean | null;
  readonly zone: () => TimeZone;
  /** See positionOf. */
  readonly position: () => number;
  /** Whether a filter of a phase selects the device. */
  readonly matches: (target: string) => boolean;
  /** What is known of the rollout is too old to offer anything: its halt may not have been heard. */
  readonly isStale: boolean;
  /** No more devices may be offered the firmware, as far as is known. */
  readonly isFull: boolean;
}

const GRANTED: RolloutStanding = { kind: 'granted' };
const ADMISSION: RolloutStanding = { kind: 'admission' };
const withheld = (reason: WithheldReason): RolloutStanding => ({ kind: 'withheld', reason });
const WAITING = withheld('rollout_waiting');
const PAUSED = withheld('rollout_paused');
const OUTSIDE = withheld('outside_window');
const EXHAUSTED = withheld('attempts_exhausted');

/**
 * What a rollout has for a device. A device that was offered the firmware is offered it again while it may still install
 * it, also when the target has changed meanwhile: what begins is brought to an end.
 * @returns null when the rollout is not for the device, or not yet for anybody
 */
export function standingOf(rollout: RolloutRule, question: RolloutQuestion): RolloutStanding | null {
  const { state } = rollout;
  if (state === 'draft' || state === 'waiting_for_approval' || state === 'aborted') return null;
  const { offer } = question;
  if (offer && isSpent(offer, rollout)) return EXHAUSTED;
  // A finished rollout is in force for its target only, as a release is for everybody.
  const isMeant = (offer !== null && state !== 'finished') || question.isTargeted();
  if (isMeant === null) return WAITING;
  if (!isMeant) return null;
  switch (state) {
    case 'scheduled':
      return WAITING;
    case 'paused':
    case 'halted':
      return PAUSED;
    case 'finished':
      return GRANTED;
    case 'running':
      return whileRunning(rollout, question);
  }
}

function whileRunning(rollout: RolloutRule, question: RolloutQuestion): RolloutStanding {
  const { schedule, phases, phaseIndex } = rollout;
  if (question.isStale) return WAITING;
  // Without hours of the week it is open everywhere at once.
  const zone = schedule.windows.length > 0 ? question.zone() : UTC;
  if (!isOpen(schedule, question.now, zone)) return OUTSIDE;
  if (question.offer) return GRANTED;
  if (question.isFull) return WAITING;
  const position = phases.length > phaseIndex ? question.position() : 0;
  return isIncluded(phases, phaseIndex, position, question.matches) ? ADMISSION : WAITING;
}

/** A device that failed, or that an operator excused, is not offered the same firmware again by the same rollout. */
function isSpent({ state, attempts, hasReturned }: KnownOffer, { attemptsPerDevice }: RolloutRule): boolean {
  if (hasReturned || state === 'failed' || state === 'excused') return true;
  return state === 'released' && attempts >= attemptsPerDevice;
}
