import { HOUR } from '../../src/domain/rollout/durations.js';
import { checkEveryHour, downloadTime, RESTART_TIME, TRIAL_TIME, type Fleet } from './fleet.js';
import type { Result } from './ours.js';
import { Timeline } from './timeline.js';

/** What a rule of another server knows of the devices: only what they report. */
export interface Reports {
  /** Of each phase, by its number. */
  readonly failed: number[];
  readonly succeeded: number[];
  readonly size: readonly number[];
}

/** @returns whether the rollout stops, asked after each report */
export type Peer = (reports: Reports) => boolean;

const PHASES = [0.01, 0.1, 0.5, 1];
const PHASE_TIME = 6 * HOUR;

/** Eclipse hawkBit with an error threshold: the share of a group that reports an error. */
export const hawkBit =
  (threshold: number): Peer =>
  ({ failed, size }) =>
    failed.some((count, phase) => count > 0 && count / size[phase]! > threshold);

/** AWS IoT Jobs with an abort criterion: the share of FAILED among the executions that have ended, from so many on. */
export const awsJobs =
  (threshold: number, fewest: number): Peer =>
  ({ failed, succeeded }) => {
    const [bad, good] = [sum(failed), sum(succeeded)];
    return bad + good >= fewest && bad / (bad + good) >= threshold;
  };

const sum = (counts: readonly number[]): number => counts.reduce((total, count) => total + count, 0);

/** Phases of six hours, of 1, 10, 50 and 100 % of the fleet; a device that never comes back is not counted. */
export function rollOutByPhases(peer: Peer, fleet: Fleet): Result {
  const caps = PHASES.map((share) => Math.ceil(share * fleet.size));
  const reports: Reports = {
    failed: caps.map(() => 0),
    succeeded: caps.map(() => 0),
    size: caps.map((cap, phase) => Math.max(1, cap - (caps[phase - 1] ?? 0))),
  };
  const timeline = new Timeline();
  let [hurt, offered] = [0, 0];
  const stopped: number[] = [];

  checkEveryHour(
    fleet.size,
    (index, at) => {
      const now = Math.min(PHASES.length - 1, Math.floor(at / PHASE_TIME));
      if (offered >= caps[now]!) return false;
      const phase = caps.findIndex((cap) => offered < cap);
      offered += 1;
      const begun = at + downloadTime(fleet);
      const fate = fleet.fateOf(offered, index, begun);
      if (fate !== 'well') hurt += 1;
      if (fate === 'silent') return true;
      const [counts, time] =
        fate === 'well' ? [reports.succeeded, RESTART_TIME] : [reports.failed, TRIAL_TIME];
      timeline.add(begun + time, () => {
        counts[phase]! += 1;
        if (peer(reports)) stopped.push(begun + time);
      });
      return true;
    },
    (at) => {
      timeline.runUntil(at);
      return stopped.length > 0;
    },
  );
  const last = timeline.runToTheEnd();
  return { hurt, offered, isHalted: stopped.length > 0, halt: null, endedAt: stopped[0] ?? last };
}
