import { Inject, Injectable, Logger } from '@nestjs/common';
import { APP_CONFIG, type AppConfig } from '../config/app-config.js';
import { AdvisoryLock } from '../database/advisory-lock.js';
import { ChangeFeed } from '../database/change-feed.js';
import type { PeriodicTask } from '../database/periodic-task.js';
import { PeriodicTasks } from '../database/periodic-tasks.js';
import { Shards } from '../database/shards.js';
import { DevicesService } from '../devices/devices.service.js';
import { ENDED_STATUSES } from '../domain/ota-attempt.js';
import { Metrics } from '../metrics/metrics.js';
import { LogsRepository } from './logs.repository.js';

const RETENTION_LOCK = 4_007_020;
const SWEEP_EVERY_MS = 10 * 60 * 1000;
/** Attempts that are looked at in one transaction, which takes about a tenth of a second. */
const BITE = 5_000;
/** Between two bites, so that reports come first. */
const PAUSE_MS = 500;

/**
 * Deletes attempts that ended more than LOG_RETENTION_DAYS ago. It goes through the attempts of each final status in the
 * order of their ids, a bite at a time, until it comes to those that were opened later. What stays for longer is little:
 * the newest attempt at each firmware, and those at firmware that a device is suspected to install again and again, since
 * a repeated report of one would be counted as another installation.
 */
@Injectable()
export class AttemptRetention {
  private readonly logger = new Logger('AttemptRetention');
  private readonly days: number;
  private readonly task: PeriodicTask | null;
  /** Statuses that the sweep has still to go through; empty between two sweeps. */
  private statuses = [...ENDED_STATUSES];
  private afterId = 0;
  private deleted = 0;

  constructor(
    @Inject(APP_CONFIG) { logRetentionDays }: AppConfig,
    private readonly logs: LogsRepository,
    private readonly devices: DevicesService,
    private readonly metrics: Metrics,
    private readonly shards: Shards,
    feed: ChangeFeed,
    tasks: PeriodicTasks,
  ) {
    this.days = logRetentionDays;
    this.task =
      logRetentionDays === 0
        ? null
        : tasks.add({
            name: 'Deleting old attempts',
            everyMs: SWEEP_EVERY_MS,
            lock: new AdvisoryLock(feed, RETENTION_LOCK),
            run: () => this.bite(),
          });
  }

  /** Takes the next bite now. */
  async run(): Promise<void> {
    await this.task?.run();
  }

  /** @returns the pause until the next one; undefined: the sweep is over */
  private async bite(): Promise<number | undefined> {
    const [status = 'success'] = this.statuses;
    const { lastId, isLast, deleted } = await this.logs.transaction(async (manager) => {
      const place = { status, afterId: this.afterId, days: this.days, count: BITE };
      const attempts = await this.logs.findInOrder(manager, place);
      const old = attempts.filter(({ isChangedBefore }) => isChangedBefore);
      const counted = await this.devices.countedInstallations(
        manager,
        old.map(({ deviceId }) => deviceId),
      );
      const needed = new Set(counted.map(({ deviceId, firmwareId }) => `${deviceId}:${firmwareId}`));
      const unneeded = old.filter(({ deviceId, firmwareId }) => !needed.has(`${deviceId}:${firmwareId}`));
      let deleted = 0;
      for (const part of this.shards.split(unneeded, ({ deviceId }) => deviceId))
        deleted += await this.logs.delete(manager, part);
      const last = attempts.at(-1);
      return {
        lastId: last?.id ?? 0,
        isLast: attempts.length < BITE || last?.isOpenedBefore !== true,
        deleted,
      };
    });
    this.metrics.deletedAttempts.add(deleted, status);
    this.deleted += deleted;
    this.afterId = isLast ? 0 : lastId;
    if (isLast) this.statuses.shift();
    if (this.statuses.length > 0) return PAUSE_MS;
    this.endSweep();
    return undefined;
  }

  private endSweep(): void {
    if (this.deleted > 0)
      this.logger.log(`Deleted ${this.deleted} attempts that ended more than ${this.days} days ago.`);
    this.statuses = [...ENDED_STATUSES];
    this.deleted = 0;
  }
}
