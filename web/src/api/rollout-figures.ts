import type { Rollout, RolloutState } from './queries/rollouts';

/** How many devices are where. Together they are the whole. */
export interface RolloutFigures {
  readonly confirmed: number;
  /** Offered it, and not heard of since. */
  readonly updating: number;
  readonly failed: number;
  readonly silent: number;
  readonly excused: number;
  /** Not offered it: yet, or any more. */
  readonly left: number;
  readonly whole: number;
}

/** @param rollout of a list: devices that were not offered it are counted by what its target found when it was made */
export function figuresOf({ counts, matched }: Rollout, state: RolloutState): RolloutFigures {
  const { confirmed, pending: updating, failed, silent, excused, waiting } = counts;
  const reached = confirmed + updating + failed + silent + excused;
  const isOver = state === 'finished' || state === 'aborted';
  const left = waiting === null || isOver ? Math.max(0, matched - reached) : waiting;
  return { confirmed, updating, failed, silent, excused, left, whole: reached + left };
}

/** The parts of a bar of the whole; what is left stays empty. */
export const sharesOf = ({ confirmed, updating, failed, silent, excused }: RolloutFigures) => [
  { key: 'confirmed', value: confirmed, color: 'bg-ok' },
  { key: 'updating', value: updating, color: 'bg-updating' },
  { key: 'failed', value: failed, color: 'bg-failed' },
  { key: 'silent', value: silent, color: 'bg-silent' },
  { key: 'excused', value: excused, color: 'bg-waiting' },
];

/** @returns such as "1.4.0 to channel:beta" */
export const rolloutName = ({ firmware_version, device_type, target }: Rollout): string =>
  `${firmware_version ?? 'A purged release'} to ${target ?? `all ${device_type} devices`}`;

/** Whether somebody has to do something about it. */
export const needsEyes = ({ state, blocked_because }: Rollout): boolean =>
  state === 'halted' || state === 'waiting_for_approval' || state === 'paused' || blocked_because !== null;

/** @returns a share as it is said of devices: "2 %", "0.5 %" */
export const rate = (share: number): string => `${Number((share * 100).toPrecision(6))} %`;
