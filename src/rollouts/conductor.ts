import { Inject, Injectable } from '@nestjs/common';
import { APP_CONFIG, type AppConfig } from '../config/app-config.js';
import { AdvisoryLock } from '../database/advisory-lock.js';
import { ChangeFeed } from '../database/change-feed.js';
import { DatabaseClock } from '../database/database-clock.js';
import { PeriodicTasks } from '../database/periodic-tasks.js';
import type { Instant } from '../domain/instant.js';
import { pendingOf } from '../domain/rollout/admission.js';
import { HOUR } from '../domain/rollout/durations.js';
import { ClockRepository } from './clock/clock.repository.js';
import { NetworkWatch } from './clock/network-watch.js';
import { ServerBeat } from './clock/server-beat.js';
import { constantsOf } from './record/rollout-constants.js';
import { RolloutDeviceRepository } from './record/rollout-device.repository.js';
import { RolloutRepository, type Rollout } from './record/rollout.repository.js';
import type { News } from './rollout-news.js';
import { RolloutOutcomes } from './rollout-outcomes.js';
import { RolloutProgress } from './rollout-progress.js';
import { RolloutTransitions } from './rollout-transitions.js';

const LOCK = 4_007_022;
/** Devices in one transaction, in which the rollout is locked. */
const BITE = 500;
const COUNTS_KEPT = 3 * HOUR;
/** Longer than any soak time and any offer. */
const PAUSES_KEPT = 90 * 24 * HOUR;

/**
 * Does what time alone does to rollouts: starts those whose time has come, finds devices that are silent and offers that
 * are over, moves on through the phases, and finishes what is complete. One process at a time does it for all servers.
 */
@Injectable()
export class Conductor {
  constructor(
    @Inject(APP_CONFIG) { limits }: AppConfig,
    private readonly rollouts: RolloutRepository,
    private readonly offered: RolloutDeviceRepository,
    private readonly outcomes: RolloutOutcomes,
    private readonly transitions: RolloutTransitions,
    private readonly progress: RolloutProgress,
    private readonly clocks: ClockRepository,
    private readonly beats: ServerBeat,
    private readonly network: NetworkWatch,
    private readonly clock: DatabaseClock,
    feed: ChangeFeed,
    tasks: PeriodicTasks,
  ) {
    tasks.add({
      name: 'Conducting the rollouts',
      everyMs: limits.rolloutSweepMs,
      lock: new AdvisoryLock(feed, LOCK),
      run: () => this.conduct(),
    });
  }

  /** What one rollout cannot do keeps no other one waiting. @throws the first trouble */
  async conduct(now: Instant = this.clock.now()): Promise<void> {
    // Before anything is looked at: nobody is silent because no server ran.
    await this.beats.beat(now);
    const rollouts = await this.rollouts.findConducted();
    await this.network.judge(rollouts, now);
    const troubles: unknown[] = [];
    for (const rollout of rollouts)
      await this.conductOne(rollout, now).catch((error: unknown) => troubles.push(error));
    await this.clocks.deleteOld(now - COUNTS_KEPT, now - PAUSES_KEPT);
    if (troubles.length > 0) throw troubles[0];
  }

  private async conductOne(rollout: Rollout, now: Instant): Promise<void> {
    if (rollout.state === 'scheduled') await this.start(rollout, now);
    if (pendingOf(rollout) > 0) await this.sweep(rollout, now);
    if (rollout.state === 'running') await this.progress.advance(rollout.id, now);
  }

  private start({ id }: Rollout, now: Instant): Promise<unknown> {
    return this.rollouts.transaction(async (manager) => {
      const [locked] = await this.rollouts.lock(manager, [id]);
      if (locked?.state === 'scheduled') await this.transitions.move(manager, locked, 'time', null, { now });
    });
  }

  private async sweep(rollout: Rollout, now: Instant): Promise<void> {
    for (let after: number | null = 0; after !== null;) after = await this.bite(rollout, now, after);
  }

  /** @returns the number of the last offer that was looked at; null: there are no more */
  private bite(rollout: Rollout, now: Instant, after: number): Promise<number | null> {
    const { silentAfter, offerExpiresAfter } = constantsOf(rollout);
    const due = { installingBefore: now - silentAfter, offeredBefore: now - offerExpiresAfter };
    return this.rollouts.transaction(async (manager) => {
      const [locked] = await this.rollouts.lock(manager, [rollout.id]);
      if (!locked) return null;
      const devices = await this.offered.findDue(manager, rollout.id, due, after, BITE);
      if (devices.length === 0) return null;
      const pauses = await this.clocks.findPauses(rollout.id, manager);
      const news: News = { at: now, errorMessage: null, eventsFor: () => [{ kind: 'time', now, pauses }] };
      await this.outcomes.apply(manager, locked, new Map(devices.map(({ deviceId }) => [deviceId, [news]])));
      return devices.length < BITE ? null : (devices.at(-1)?.seq ?? null);
    });
  }
}
