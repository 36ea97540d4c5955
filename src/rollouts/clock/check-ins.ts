import { Inject, Injectable, type BeforeApplicationShutdown } from '@nestjs/common';
import { APP_CONFIG, type AppConfig } from '../../config/app-config.js';
import { DatabaseClock } from '../../database/database-clock.js';
import { PeriodicTasks } from '../../database/periodic-tasks.js';
import type { Instant } from '../../domain/instant.js';
import { CHECK_IN_INTERVAL } from '../../domain/rollout/pauses.js';
import { ClockRepository, type CheckInCount } from './clock.repository.js';

/** Of all devices, where the number of a rollout stands otherwise. */
export const ALL_DEVICES = 0;
/** What waits while the database is away: a day. */
const MOST_INTERVALS = 288;

/** Counts the checks that this process answers, and adds them to those of the others once in a while. */
@Injectable()
export class CheckIns implements BeforeApplicationShutdown {
  private readonly counts = new Map<Instant, Map<number, number>>();
  private begin: Instant = 0;
  private current = new Map<number, number>();

  constructor(
    @Inject(APP_CONFIG) { limits }: AppConfig,
    private readonly repository: ClockRepository,
    private readonly clock: DatabaseClock,
    tasks: PeriodicTasks,
  ) {
    tasks.add({
      name: 'Counting check-ins',
      everyMs: limits.rolloutSweepMs,
      run: () => this.flush(),
    });
  }

  /** A check is answered. @param rolloutId in which the device is; {@link ALL_DEVICES} once for each check */
  note(rolloutId: number, now: Instant = this.clock.now()): void {
    if (now < this.begin || now >= this.begin + CHECK_IN_INTERVAL) this.turn(now);
    this.current.set(rolloutId, (this.current.get(rolloutId) ?? 0) + 1);
  }

  async flush(): Promise<void> {
    const counted: CheckInCount[] = [];
    for (const [begin, ofInterval] of this.counts)
      for (const [rolloutId, checks] of ofInterval) counted.push({ begin, rolloutId, checks });
    this.counts.clear();
    this.begin = 0;
    try {
      await this.repository.addCounts(counted);
    } catch (error) {
      // Some of it may have been written all the same; twice as many say no less than half of them.
      this.takeBack(counted);
      throw error;
    }
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.flush().catch(() => undefined);
  }

  private turn(now: Instant): void {
    this.begin = Math.floor(now / CHECK_IN_INTERVAL) * CHECK_IN_INTERVAL;
    const known = this.counts.get(this.begin);
    this.current = known ?? new Map<number, number>();
    if (!known) this.counts.set(this.begin, this.current);
  }

  private takeBack(counted: readonly CheckInCount[]): void {
    for (const { begin, rolloutId, checks } of counted) {
      if (!this.counts.has(begin) && this.counts.size >= MOST_INTERVALS) continue;
      const ofInterval = this.counts.get(begin) ?? new Map<number, number>();
      this.counts.set(begin, ofInterval);
      ofInterval.set(rolloutId, (ofInterval.get(rolloutId) ?? 0) + checks);
    }
    this.begin = 0;
  }
}
