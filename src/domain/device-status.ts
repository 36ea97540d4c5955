import type { Standing } from './device-access.js';
import type { AttemptStatus } from './ota-attempt.js';
import type { NoUpdateReason } from './update-decision.js';

/** What is said of a device at a glance. Wire names. */
export const DEVICE_STATUSES = [
  'up_to_date',
  'updating',
  'waiting',
  'silent',
  'failed',
  'rolled_back',
  'blocked',
  'pending',
  'unknown',
] as const;
export type DeviceStatus = (typeof DEVICE_STATUSES)[number];

/** How the last update of a device went that was more than an offer. */
export interface LastUpdate {
  readonly status: AttemptStatus;
  /** It failed after the device had started the new firmware: the device runs the old one again. */
  readonly isRolledBack: boolean;
  /** Milliseconds since 1970. */
  readonly changedAt: number;
}

export interface DeviceCondition {
  /** What was decided about it, whether or not the server asks for credentials: see standingOf. */
  readonly standing: Standing;
  /** Whether it has ever checked; a device that is only known by a report or a token has not. */
  readonly hasChecked: boolean;
  /** Milliseconds since 1970. */
  readonly lastSeenAt: number;
  /** Seconds between two checks, as the device says or as its checks have shown; null: not known yet. */
  readonly checkInterval: number | null;
  /** What a check would answer now; null: an offer. */
  readonly reason: NoUpdateReason | null;
  readonly lastUpdate: LastUpdate | null;
}

/** Own check intervals without a word after which a device is silent. */
export const SILENT_AFTER_INTERVALS = 3;
/** No device is silent before that. In seconds. */
export const SHORTEST_SILENCE = 30 * 60;
/** Of a device that was seen once only. In seconds. */
export const INTERVAL_UNTIL_LEARNT = 8 * 3_600;
/** An update that says nothing for so long is not under way any more. In seconds. */
export const LONGEST_STEP = 3_600;

/** @returns seconds without a word after which a device is silent */
export function silenceOf(checkInterval: number | null): number {
  return Math.max(SHORTEST_SILENCE, SILENT_AFTER_INTERVALS * (checkInterval ?? INTERVAL_UNTIL_LEARNT));
}

/**
 * The one rule of what is said of a device: what somebody has decided comes first, then what is not known, then what
 * somebody should look at.
 * @param now milliseconds since 1970
 */
export function deviceStatus(device: DeviceCondition, now: number): DeviceStatus {
  const { standing, reason, lastUpdate } = device;
  if (standing === 'blocked' || standing === 'rejected') return 'blocked';
  if (standing === 'pending') return 'pending';
  if (!device.hasChecked) return 'unknown';
  if (now - device.lastSeenAt > silenceOf(device.checkInterval) * 1_000) return 'silent';
  if (lastUpdate && isUnderWay(lastUpdate, now)) return 'updating';
  switch (reason) {
    case 'up_to_date':
      return 'up_to_date';
    case 'no_release':
    case 'unparsable_current_version':
      return 'unknown';
    case 'update_loop':
      return 'failed';
    default:
      return lastUpdate?.status === 'failed' ? failureOf(lastUpdate) : 'waiting';
  }
}

export const isUnderWay = ({ status, changedAt }: LastUpdate, now: number): boolean =>
  (status === 'downloading' || status === 'installing') && now - changedAt <= LONGEST_STEP * 1_000;

const failureOf = ({ isRolledBack }: LastUpdate): DeviceStatus => (isRolledBack ? 'rolled_back' : 'failed');
