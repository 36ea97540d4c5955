import { HOUR, MINUTE } from '../../src/domain/rollout/durations.js';
import type { PartKey } from '../../src/domain/rollout/parts.js';

/** What a device does with the firmware: keeps it, never comes back, or returns to what it ran and reports so. */
export type Fate = 'well' | 'silent' | 'rolls_back';

export interface Fleet {
  readonly size: number;
  /** Minutes from the offer to `installing`, at least and at most. */
  readonly downloadMinutes: readonly [number, number];
  readonly random: () => number;
  /** @param seq the number of its offer; @param index of the device, in the order of its checks within the hour */
  readonly fateOf: (seq: number, index: number, at: number) => Fate;
  readonly groupsOf?: (index: number) => readonly PartKey[];
  readonly siteOf?: (index: number) => string;
}

const CHECK_INTERVAL = HOUR;

/** An image of 1.5 MB on Wi-Fi; on a slow network. */
export const QUICK = [1, 5] as const;
export const SLOW = [5, 25] as const;

export const downloadTime = ({ random, downloadMinutes: [least, most] }: Fleet): number =>
  (least + (most - least) * random()) * MINUTE;
/** Time from `installing` to the report of the success, or of the rollback after a trial that failed. */
export const RESTART_TIME = MINUTE;
export const TRIAL_TIME = 2 * MINUTE;

/** Each device fails with the same probability. @param silentShare of the failures that nobody reports */
export const failing = (rate: number, silentShare: number, random: () => number) => (): Fate =>
  random() >= rate ? 'well' : random() < silentShare ? 'silent' : 'rolls_back';

/**
 * Lets all devices check once an hour, evenly spread, until each was offered the firmware or nothing goes on.
 * @param offer whether a device is offered the firmware now; it then does not check again
 * @param isOver asked before each check
 */
export function checkEveryHour(
  size: number,
  offer: (index: number, at: number) => boolean,
  isOver: (at: number) => boolean,
): void {
  const waiting = Uint32Array.from({ length: size }, (_, index) => index);
  let left = size;
  for (let hour = 0; left > 0; hour++) {
    let kept = 0;
    for (let place = 0; place < left; place++) {
      const index = waiting[place]!;
      const at = hour * CHECK_INTERVAL + (index / size) * CHECK_INTERVAL;
      if (isOver(at)) return;
      if (!offer(index, at)) waiting[kept++] = index;
    }
    left = kept;
  }
}
