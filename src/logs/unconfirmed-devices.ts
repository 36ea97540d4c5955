import { Inject, Injectable, Logger } from '@nestjs/common';
import { APP_CONFIG, type AppConfig } from '../config/app-config.js';
import { AdvisoryLock } from '../database/advisory-lock.js';
import { ChangeFeed } from '../database/change-feed.js';
import { PeriodicTasks } from '../database/periodic-tasks.js';
import { DevicesService } from '../devices/devices.service.js';
import { Metrics } from '../metrics/metrics.js';
import { LogsRepository } from './logs.repository.js';

const LOCK = 4_007_019;
/** Devices in one transaction, which keeps their rows locked. */
const BITE = 5_000;

/** What became of some of the oldest devices that are not known to be confirmed. */
interface Bite {
  readonly confirmed: number;
  readonly forgotten: number;
}

/**
 * Keeps the number of devices bounded that anybody may have invented: those that were seen for a few minutes only, have no
 * identity, and have installed nothing. Beyond the bound the oldest are deleted with their attempts. One process at a time
 * does it for all servers.
 */
@Injectable()
export class UnconfirmedDevices {
  private readonly logger = new Logger('UnconfirmedDevices');
  private readonly bound: number;

  constructor(
    @Inject(APP_CONFIG) { limits }: AppConfig,
    private readonly devices: DevicesService,
    private readonly logs: LogsRepository,
    private readonly metrics: Metrics,
    feed: ChangeFeed,
    tasks: PeriodicTasks,
  ) {
    this.bound = limits.unconfirmedDevices;
    tasks.add({
      name: 'Deleting devices that never came back',
      everyMs: limits.unconfirmedSweepMs,
      lock: new AdvisoryLock(feed, LOCK),
      run: () => this.sweep(),
    });
  }

  /** Until the bound is kept, or the rest is locked by others. */
  async sweep(): Promise<void> {
    let forgotten = 0;
    try {
      let excess = (await this.devices.countUnconfirmed()) - this.bound;
      while (excess > 0) {
        const bite = await this.bite(excess);
        forgotten += bite.forgotten;
        excess -= bite.confirmed + bite.forgotten;
        if (bite.confirmed + bite.forgotten === 0) break;
      }
    } finally {
      if (forgotten > 0) this.note(forgotten);
    }
  }

  private bite(excess: number): Promise<Bite> {
    return this.logs.transaction(async (manager) => {
      const oldest = await this.devices.lockOldestUnconfirmed(manager, BITE);
      const seenOnce = oldest.filter(({ isConfirmed }) => !isConfirmed).map(({ id }) => id);
      // Asked when the rows are locked: no report can end an attempt any more.
      const successful = await this.logs.findSuccessful(manager, seenOnce);
      const confirmed = oldest.filter(({ id, isConfirmed }) => isConfirmed || successful.has(id));
      const rest = seenOnce.filter((id) => !successful.has(id));
      const gone = rest.slice(0, Math.max(0, excess - confirmed.length));
      await this.devices.confirm(
        manager,
        confirmed.map(({ id }) => id),
      );
      await this.logs.deleteOfDevices(manager, gone);
      await this.devices.forget(manager, gone);
      return { confirmed: confirmed.length, forgotten: gone.length };
    });
  }

  private note(forgotten: number): void {
    this.metrics.forgotten.add(forgotten, 'unconfirmed');
    this.logger.warn(
      `Deleted ${forgotten} devices that were seen for a few minutes only, the oldest of more than ${this.bound}.`,
    );
  }
}
