import type { Instant } from '../instant.js';
import { NO_LIMIT } from './admission.js';
import { MINUTE } from './durations.js';
import { unpausedBetween, type Pause } from './pauses.js';

/** A step of a rollout to more devices: a cap on what the evidence would allow. */
export type Phase = {
  /** Time that passes between the last result of the phase and the next phase. */
  readonly soakMinutes: number;
} & (
  | { readonly kind: 'share'; readonly share: number }
  /** So many devices, those that check first. */
  | { readonly kind: 'count'; readonly count: number }
  /** The devices that a filter selects. */
  | { readonly kind: 'target'; readonly target: string; readonly matching: number }
);

/** What is wrong with a list of phases, as one sentence; null when it is right. */
export function faultOfPhases(phases: readonly Phase[]): string | null {
  let [share, count] = [0, 0];
  for (const phase of phases) {
    if (!(phase.soakMinutes >= 0 && phase.soakMinutes <= 43_200))
      return 'The soak time of a phase is from 0 to 43200 minutes (30 days).';
    if (phase.kind === 'share') {
      if (!(phase.share > share && phase.share <= 1))
        return 'The shares of phases are above 0, at most 1, and each is larger than the one before.';
      share = phase.share;
    } else if (phase.kind === 'count') {
      if (!(Number.isInteger(phase.count) && phase.count > count))
        return 'The counts of phases are whole numbers above 0, and each is larger than the one before.';
      count = phase.count;
    }
  }
  return null;
}

/**
 * How many devices a phase has room for; after the last phase there is no limit. What filters select comes on top, since
 * it may lie outside of the shares.
 */
export function capOf(phases: readonly Phase[], index: number, targetSize: number): number {
  if (index >= phases.length) return NO_LIMIT;
  let [most, selected] = [0, 0];
  for (const phase of phases.slice(0, index + 1)) {
    // 0.07 × 100 is 7.000…1.
    if (phase.kind === 'share') most = Math.max(most, Math.ceil(phase.share * targetSize - 1e-9));
    else if (phase.kind === 'count') most = Math.max(most, phase.count);
    else selected += phase.matching;
  }
  return most + selected;
}

/**
 * Whether a phase, or one before it, includes a device.
 * @param position of the device in the order of the rollout, see positionOf
 * @param matches whether a filter selects it
 */
export function isIncluded(
  phases: readonly Phase[],
  index: number,
  position: number,
  matches: (target: string) => boolean,
): boolean {
  if (index >= phases.length) return true;
  return phases.slice(0, index + 1).some((phase) => {
    if (phase.kind === 'share') return position < phase.share;
    return phase.kind === 'count' || matches(phase.target);
  });
}

export interface PhaseProgress {
  /** Of the phase that holds, from 0; the number of phases after the last one. */
  readonly index: number;
  /** When nothing more was to be heard of the phase; null: it still goes on. */
  readonly settledAt: Instant | null;
}

export const FIRST_PHASE: PhaseProgress = { index: 0, settledAt: null };

export interface PhaseSituation {
  /** Devices offered, less those released. */
  readonly counted: number;
  readonly pending: number;
  /** Devices that the phase includes, that still check in, and that have not been offered the firmware. */
  readonly waiting: number;
}

/**
 * Moves on through the phases. A phase settles when it is full, or none of its devices that still check in is waiting,
 * and nothing is pending. The next one begins when it has soaked for its time, in which a late failure may still halt
 * the rollout; pauses do not count.
 */
export function progressOf(
  { index, settledAt }: PhaseProgress,
  { counted, pending, waiting }: PhaseSituation,
  phases: readonly Phase[],
  targetSize: number,
  now: Instant,
  pauses: readonly Pause[],
): PhaseProgress {
  const phase = phases[index];
  if (!phase) return { index, settledAt: null };
  const isFull = waiting === 0 || counted >= capOf(phases, index, targetSize);
  if (!isFull || pending > 0) return { index, settledAt: null };
  const since = settledAt ?? now;
  const isSoaked = unpausedBetween(since, now, pauses) >= phase.soakMinutes * MINUTE;
  return isSoaked ? { index: index + 1, settledAt: null } : { index, settledAt: since };
}

/** Whether a rollout has nothing left to do. */
export const isComplete = (
  { index }: PhaseProgress,
  { pending, waiting }: PhaseSituation,
  phases: readonly Phase[],
): boolean => index >= phases.length && pending === 0 && waiting === 0;
