import { SECOND } from '../../src/domain/rollout/durations.js';
import type { RolloutConstants } from '../../src/domain/rollout/admission.js';
import type { Halt } from '../../src/domain/rollout/parts.js';
import { VirtualRollout } from '../../test/support/virtual-rollout.js';
import { checkEveryHour, downloadTime, RESTART_TIME, TRIAL_TIME, type Fate, type Fleet } from './fleet.js';
import { Timeline } from './timeline.js';

export interface Result {
  /** Devices offered the firmware that do not keep it: also those that were still downloading at the halt. */
  readonly hurt: number;
  readonly offered: number;
  readonly isHalted: boolean;
  /** Of the halt; null when it was not halted, or is not said. */
  readonly halt: Halt | null;
  /** When it halted, or when the last result was in. Microseconds from its start. */
  readonly endedAt: number;
}

const SWEEP = 30 * SECOND;

/** A rollout by the rules of src/domain/rollout, in virtual time. */
export function rollOut(constants: RolloutConstants, fleet: Fleet): Result {
  const rollout = new VirtualRollout(constants);
  const timeline = new Timeline();
  let hurt = 0;
  const halted: number[] = [];

  const hear = (at: number, apply: () => unknown): void => {
    timeline.add(at, () => {
      apply();
      if (rollout.halt) halted.push(at);
    });
  };
  const install = (seq: number, fate: Fate, begun: number): void => {
    hear(begun, () => rollout.apply(seq, { kind: 'installing', at: begun }));
    if (fate === 'silent') {
      const now = Math.ceil((begun + constants.silentAfter) / SWEEP) * SWEEP;
      hear(now, () => rollout.apply(seq, { kind: 'time', now, pauses: [] }));
    } else if (fate === 'rolls_back') {
      hear(begun + TRIAL_TIME, () => rollout.apply(seq, { kind: 'failed', failure: 'after_install' }));
    } else {
      const at = begun + RESTART_TIME;
      hear(at, () => rollout.apply(seq, { kind: 'success', at }));
    }
  };

  checkEveryHour(
    fleet.size,
    (index, at) => {
      const device = rollout.offer(at, fleet.groupsOf?.(index), fleet.siteOf?.(index) ?? null);
      if (!device) return false;
      const begun = at + downloadTime(fleet);
      const fate = fleet.fateOf(device.seq, index, begun);
      if (fate !== 'well') hurt += 1;
      install(device.seq, fate, begun);
      return true;
    },
    (at) => {
      timeline.runUntil(at);
      return rollout.halt !== null;
    },
  );
  const last = rollout.halt ? 0 : timeline.runToTheEnd();
  return {
    hurt,
    offered: rollout.counters.offered,
    isHalted: rollout.halt !== null,
    halt: rollout.halt,
    endedAt: halted[0] ?? last,
  };
}
