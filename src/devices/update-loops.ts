import { setTimeout as delay } from 'node:timers/promises';
import { Inject, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { APP_CONFIG, type AppConfig } from '../config/app-config.js';
import type { PeriodicTask } from '../database/periodic-task.js';
import { PeriodicTasks } from '../database/periodic-tasks.js';
import { MAX_SUCCESSES_OF_ONE_FIRMWARE } from '../domain/update-decision.js';
import { DeviceProgressRepository, type LoopingDevice } from './record/device-progress.repository.js';

export type { LoopingDevice };

/** About 10 MB at the most. */
const DEVICES_REMEMBERED = 100_000;
/** Reading takes at most a twentieth of the time, however many there are. */
const REST = 20;

interface Loop {
  /** A reading of `performance.now()`; null: it came from the database. */
  readonly notedAt: number | null;
  isLogged: boolean;
}

/**
 * The devices that reported so often that they installed one firmware, without ever checking as one that runs it, that
 * they are not offered it again. The count stands in the database, with the device; each process keeps those that have
 * reached the limit in memory, and reads them again every second.
 */
@Injectable()
export class UpdateLoops implements OnApplicationBootstrap {
  private readonly logger = new Logger('UpdateLoops');
  private loops = new Map<string, Loop>();
  /** Those that this process noted since the read under way began, which cannot be in what it reads. */
  private noted = new Map<string, Loop>();
  private readonly task: PeriodicTask;

  constructor(
    @Inject(APP_CONFIG) private readonly config: AppConfig,
    private readonly progress: DeviceProgressRepository,
    tasks: PeriodicTasks,
  ) {
    this.task = tasks.add({
      name: 'Reading the devices in update loops',
      everyMs: config.limits.loopRefreshMs,
      run: () => this.refresh(),
    });
  }

  onApplicationBootstrap(): Promise<void> {
    return this.task.run();
  }

  /** Whether this device is not to be offered this firmware again. Says so in the log, once for each. */
  includes(deviceId: number, firmwareId: number): boolean {
    if (this.loops.size === 0) return false;
    const loop = this.loops.get(keyOf({ deviceId, firmwareId }));
    if (!loop) return false;
    if (!loop.isLogged) {
      loop.isLogged = true;
      this.logger.warn(
        `Device ${deviceId} is not offered firmware ${firmwareId} any more: it reported ` +
          `${MAX_SUCCESSES_OF_ONE_FIRMWARE} times that it installed it, and still checks as one that runs something older. ` +
          'Publish a release whose image says the version and build that it is published as.',
      );
    }
    return true;
  }

  /** These have reached the limit. What is not committed after all is forgotten with the next read. */
  note(devices: readonly LoopingDevice[]): void {
    for (const device of devices) {
      const key = keyOf(device);
      const isLogged = this.loops.get(key)?.isLogged ?? false;
      const loop = { notedAt: performance.now(), isLogged };
      this.loops.set(key, loop);
      this.noted.set(key, loop);
    }
  }

  /**
   * Resolves when the other servers know of this device, too, if it has just reached the limit: its next check may go to
   * any of them.
   */
  async untilHeard(device: LoopingDevice): Promise<void> {
    const notedAt = this.loops.get(keyOf(device))?.notedAt ?? null;
    if (notedAt === null) return;
    // One interval until every server has begun to read, and one for a read on a busy machine.
    const left = notedAt + 2 * this.config.limits.loopRefreshMs - performance.now();
    if (left > 0) await delay(left);
  }

  /** While the database is away they stay as they are. @returns the pause after it, when it took long */
  private async refresh(): Promise<number | undefined> {
    const begun = performance.now();
    this.noted = new Map();
    const found = await this.progress.findLooping(DEVICES_REMEMBERED);
    const read = found.map((device): [string, Loop] => {
      const key = keyOf(device);
      return [key, { notedAt: null, isLogged: this.loops.get(key)?.isLogged ?? false }];
    });
    this.loops = new Map([...read, ...this.noted]);
    const restMs = (performance.now() - begun) * REST;
    return restMs > this.config.limits.loopRefreshMs ? restMs : undefined;
  }
}

const keyOf = ({ deviceId, firmwareId }: LoopingDevice): string => `${deviceId}:${firmwareId}`;
