import { HOUR, MINUTE } from './durations.js';

/** What somebody who makes a rollout may ask for. */
export interface RolloutSettings {
  /** Devices that it is for when it is made. */
  readonly targetSize: number;
  readonly ramp: 'evidence' | 'all' | 'phases';
  /** The share of devices that may fail, p0. */
  readonly maxFailureRate: number;
  /** The share of good rollouts that may be halted, alpha. */
  readonly falseAlarmRate: number;
  readonly silentAfterMinutes: number;
  /** The share of the target that may be pending at once. */
  readonly maxAtRiskShare: number;
  readonly attemptsPerDevice: number;
  /** Of the devices that it is for; null: not known. */
  readonly checkIntervalSeconds: number | null;
}

export const DEFAULT_SETTINGS = {
  ramp: 'evidence',
  maxFailureRate: 0.02,
  falseAlarmRate: 0.01,
  silentAfterMinutes: 15,
  maxAtRiskShare: 0.02,
  attemptsPerDevice: 3,
  checkIntervalSeconds: null,
} as const satisfies Omit<RolloutSettings, 'targetSize'>;

/** What a rollout keeps from its making to its end, so that the proofs hold. Only maxFailureRate can be raised. */
export interface RolloutConstants {
  readonly targetSize: number;
  readonly maxFailureRate: number;
  readonly falseAlarmRate: number;
  /** Time after `installing` until a device counts as silent. */
  readonly silentAfter: number;
  /** Time after the offer until a device that has not begun to install is released. */
  readonly offerExpiresAfter: number;
  readonly attemptsPerDevice: number;
  /** Devices that may be unconfirmed before there are many confirmed ones, W0. */
  readonly firstWindow: number;
  /** Devices that may be pending at once in the end. */
  readonly maxAtRisk: number;
}

/** More than any counter reaches; PostgreSQL's largest integer. */
export const NO_LIMIT = 2 ** 31 - 1;
const LARGEST_FIRST_WINDOW = 10;
const SHORTEST_OFFER = 2 * HOUR;
/** A device is offered while this many of them are confirmed for each that is not. */
const CONFIRMED_FOR_EACH = 4;

export function rolloutConstants(settings: RolloutSettings): RolloutConstants {
  const { targetSize, maxFailureRate, falseAlarmRate, attemptsPerDevice } = settings;
  const evidence = Math.min(LARGEST_FIRST_WINDOW, Math.max(1, Math.ceil(Math.sqrt(targetSize) / 4)));
  const firstWindow = settings.ramp === 'all' ? NO_LIMIT : evidence;
  const checkInterval = (settings.checkIntervalSeconds ?? 0) * (MINUTE / 60);
  return {
    targetSize,
    maxFailureRate,
    falseAlarmRate,
    silentAfter: settings.silentAfterMinutes * MINUTE,
    offerExpiresAfter: Math.max(SHORTEST_OFFER, 3 * checkInterval),
    attemptsPerDevice,
    firstWindow,
    maxAtRisk: Math.max(firstWindow, floorOf(targetSize * settings.maxAtRiskShare)),
  };
}

/** 100 × 0.29 is 28.999…: a share of a whole number that should be a whole number is one. */
const floorOf = (value: number): number => Math.floor(value + 1e-9);

/** The counters of a rollout. */
export interface Counters {
  /** All offers, n. */
  readonly offered: number;
  /** s */
  readonly confirmed: number;
  /** Failed or silent, whether or not they count. */
  readonly bad: number;
  /** rel */
  readonly released: number;
  /** exc */
  readonly excused: number;
}

/** Devices offered of which nothing else is known yet. */
export const pendingOf = ({ offered, confirmed, bad, released, excused }: Counters): number =>
  offered - confirmed - bad - released - excused;

/** Devices that count in the statistic. */
export const countedOf = ({ offered, released }: Counters): number => offered - released;

export interface Limits {
  readonly firstWindow: number;
  /** From the last evaluation. */
  readonly window: number;
  /** {@link NO_LIMIT} after the last phase. */
  readonly phaseCap: number;
}

/**
 * Whether one more device may be offered. The condition of the statement that admits a device, where the row lock makes it
 * hold for any number of servers; a test compares the two. Failed devices keep their place, excused ones free it. One at
 * a time is always allowed, or a rollout could stop for ever without halting.
 */
export const mayOffer = (counters: Counters, limits: Limits): boolean => whyFull(counters, limits) === null;

/** Why no more devices may be offered it: its phase has all that it has room for, or too many are not confirmed. */
export type FullReason = 'phase' | 'unconfirmed';

/** null: one more may be offered it. */
export function whyFull(counters: Counters, { firstWindow, window, phaseCap }: Limits): FullReason | null {
  if (countedOf(counters) >= phaseCap) return 'phase';
  const pending = pendingOf(counters);
  if (pending <= 0) return null;
  const unconfirmed = pending + counters.bad;
  const most = Math.max(firstWindow, Math.floor(counters.confirmed / CONFIRMED_FOR_EACH));
  return unconfirmed < most && pending < window ? null : 'unconfirmed';
}

/** How many devices may be pending at once: fewer, the more evidence there is against the release. */
export function windowOf(
  { firstWindow, maxAtRisk }: RolloutConstants,
  confirmed: number,
  xLog: number,
): number {
  const byEvidence = Math.floor(confirmed / (CONFIRMED_FOR_EACH * Math.max(1, Math.exp(xLog))));
  return Math.min(maxAtRisk, Math.max(firstWindow, byEvidence));
}
