import type { LastUpdate } from './device-status.js';
import type { Instant } from './instant.js';
import { ATTEMPT_STATUSES, isEnded, type AttemptStatus } from './ota-attempt.js';
import { MAX_SUCCESSES_OF_ONE_FIRMWARE } from './update-decision.js';

/** The update that stands in a device's row. */
export interface DeviceUpdate {
  readonly firmwareId: number;
  readonly status: AttemptStatus;
  /** See LastUpdate. */
  readonly isRolledBack: boolean;
  readonly changedAt: Instant;
}

/** What has become of an attempt. */
export interface AttemptNews {
  readonly firmwareId: number;
  readonly status: AttemptStatus;
  readonly errorMessage: string | null;
  readonly changedAt: Instant;
  /** Whether it ended in success just now. */
  readonly isInstalled: boolean;
}

/** How often a device has reported that it installed a firmware since a check called for none, by the firmware's id. */
export type SuccessCounts = Readonly<Record<string, number>>;

/** What attempts leave in the row of their device, where it stays when they are deleted. */
export interface DeviceProgress {
  readonly update: DeviceUpdate | null;
  readonly successes: SuccessCounts | null;
}

export const NO_PROGRESS: DeviceProgress = { update: null, successes: null };

/** Firmware that is counted for one device; a device goes round between few. */
const FIRMWARE_COUNTED = 16;

/** What a device says that runs its old firmware again, because the new one did not start or did not pass. */
const ROLLED_BACK = /\b(rolled back|diagnostics failed)\b/i;

/** @returns `known` itself if nothing changes */
export function progressAfter(known: DeviceProgress, news: AttemptNews): DeviceProgress {
  const update = nextUpdate(known.update, news);
  if (update === known.update && !news.isInstalled) return known;
  const successes = news.isInstalled ? countSuccess(known.successes, news.firmwareId) : known.successes;
  return { update, successes };
}

/**
 * The attempt that changed last is the update of a device. One that is no more than an offer of the firmware whose
 * attempt has ended does not hide how that ended. The same news again changes nothing, nor do news that are late.
 */
export function nextUpdate(known: DeviceUpdate | null, news: AttemptNews): DeviceUpdate {
  const next = updateOf(news);
  if (!known) return next;
  return isOfferedAgain(known, next) || isOlder(next, known) ? known : next;
}

/** Firmware of which a device has reported so often that it installed it that it is not offered it again. */
export function loopingFirmware(successes: SuccessCounts | null): number[] {
  return Object.entries(successes ?? {})
    .filter(([, count]) => count >= MAX_SUCCESSES_OF_ONE_FIRMWARE)
    .map(([firmwareId]) => Number(firmwareId));
}

export const lastUpdateOf = ({ status, isRolledBack, changedAt }: DeviceUpdate): LastUpdate => ({
  status,
  isRolledBack,
  changedAt: changedAt / 1_000,
});

function updateOf({ firmwareId, status, errorMessage, changedAt }: AttemptNews): DeviceUpdate {
  const isRolledBack = status === 'failed' && ROLLED_BACK.test(errorMessage ?? '');
  return { firmwareId, status, isRolledBack, changedAt };
}

const isOfferedAgain = (known: DeviceUpdate, next: DeviceUpdate): boolean =>
  next.status === 'pending' && isEnded(known.status) && next.firmwareId === known.firmwareId;

/** A late report may bring an attempt forward without changing its time. */
function isOlder(one: DeviceUpdate, other: DeviceUpdate): boolean {
  if (one.changedAt !== other.changedAt) return one.changedAt < other.changedAt;
  if (one.firmwareId !== other.firmwareId) return one.firmwareId < other.firmwareId;
  return stepOf(one) < stepOf(other);
}

const stepOf = ({ status }: DeviceUpdate): number => ATTEMPT_STATUSES.indexOf(status);

/** Keeps the newest firmware. */
function countSuccess(counts: SuccessCounts | null, firmwareId: number): SuccessCounts {
  const counted: Record<string, number> = { ...counts, [firmwareId]: (counts?.[firmwareId] ?? 0) + 1 };
  const newest = Object.entries(counted)
    .sort(([a], [b]) => Number(b) - Number(a))
    .slice(0, FIRMWARE_COUNTED);
  return Object.fromEntries(newest);
}
