import { Injectable } from '@nestjs/common';
import type { Instant } from '../../domain/instant.js';
import { HOUR, MINUTE } from '../../domain/rollout/durations.js';
import { CHECK_IN_INTERVAL, pausesOfNetwork, type Pause } from '../../domain/rollout/pauses.js';
import { RolloutRepository, type Rollout } from '../record/rollout.repository.js';
import { ALL_DEVICES } from './check-ins.js';
import { ClockRepository, type CheckInCount } from './clock.repository.js';

/** By then every server has added what it has counted. */
const SETTLED_AFTER = MINUTE;
/** Intervals of the last hour are judged, each by the hour before it. */
const LOOKED_AT = 2 * HOUR;
const JUDGED = HOUR;

/** Sees by the checks of the other devices when the network must be down, and stops the clock of a rollout meanwhile. */
@Injectable()
export class NetworkWatch {
  constructor(
    private readonly repository: ClockRepository,
    private readonly rollouts: RolloutRepository,
  ) {}

  async judge(rollouts: readonly Rollout[], now: Instant): Promise<void> {
    if (rollouts.length === 0) return;
    const end = Math.floor((now - SETTLED_AFTER) / CHECK_IN_INTERVAL) * CHECK_IN_INTERVAL;
    const counts = await this.repository.findCounts(end - LOOKED_AT);
    for (const rollout of rollouts) {
      const pauses = pausesIn(counts, rollout.id, end).filter(({ from }) => from >= end - JUDGED);
      const isHeld = pauses.some(({ to }) => to === end);
      if (pauses.length > 0 || isHeld !== rollout.isHeld) await this.note(rollout, pauses, isHeld);
    }
  }

  private note(rollout: Rollout, pauses: readonly Pause[], isHeld: boolean): Promise<void> {
    return this.rollouts.transaction(async (manager) => {
      const [locked] = await this.rollouts.lock(manager, [rollout.id]);
      if (!locked) return;
      for (const pause of pauses) await this.repository.add(manager, locked.id, pause);
      if (locked.isHeld === isHeld) return;
      await this.rollouts.setHeld(manager, locked.id, isHeld);
      await this.rollouts.tell(manager, locked.id);
    });
  }
}

/** An interval in which nobody checked has no count; before the first one nothing was counted. */
function pausesIn(counts: readonly CheckInCount[], rolloutId: number, end: Instant): Pause[] {
  const begin = Math.min(end, ...counts.map((count) => count.begin));
  const outside = Array.from({ length: Math.max(0, (end - begin) / CHECK_IN_INTERVAL) }, () => 0);
  for (const count of counts) {
    const sign = count.rolloutId === ALL_DEVICES ? 1 : count.rolloutId === rolloutId ? -1 : 0;
    const index = (count.begin - begin) / CHECK_IN_INTERVAL;
    if (index < outside.length) outside[index] = (outside[index] ?? 0) + sign * count.checks;
  }
  return pausesOfNetwork(begin, outside);
}
