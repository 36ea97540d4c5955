import { randomInt } from 'node:crypto';
import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { APP_CONFIG, type AppConfig } from '../../config/app-config.js';
import { orAborted } from '../../database/or-aborted.js';
import type { PeriodicTask } from '../../database/periodic-task.js';
import { PeriodicTasks } from '../../database/periodic-tasks.js';
import { IdSet } from '../../domain/id-set.js';
import { DeviceRepository } from '../record/device.repository.js';

/** Read in one query: a few milliseconds of this process. */
const CHUNK = 5_000;
/** Until they have been read for the first time. */
const RETRY_MS = 10_000;
/** Forgets those that were deleted, and learns of those that other servers have seen first. */
const REREAD_MS = 3_600_000;
const SEED_RANGE = 2 ** 32;
/** Devices that may be asked for at one time; each costs little, and a flood of invented ones must not pile up. */
const MAX_ASKED = 10_000;
const PATIENCE_MS = 2_000;

/**
 * The ids of all devices on record, in memory: 8 to 20 bytes for each. Read in the background after the start, and added
 * to by what this process admits. A device that another server admitted may be missing: the database has the last word.
 */
@Injectable()
export class KnownDevices implements OnApplicationBootstrap {
  /** Whether all that were on record at some time have been read. */
  isFilled = false;
  private ids = newSet(0);
  /** Takes the place of `ids` when it has been read. */
  private next: IdSet | null = null;
  private asked = new Set<number>();
  /** Of the query that will take those that are asked for now. */
  private answer: Promise<ReadonlySet<number> | null> | null = null;
  private underWay: Promise<unknown> = Promise.resolve();
  private readonly task: PeriodicTask | null;

  constructor(
    @Inject(APP_CONFIG) { rateLimits }: AppConfig,
    private readonly devices: DeviceRepository,
    tasks: PeriodicTasks,
  ) {
    const options = { name: 'Reading the ids of all devices', everyMs: RETRY_MS, run: () => this.read() };
    this.task = rateLimits.newDevices === 0 ? null : tasks.add(options);
  }

  /** Nothing waits for it. */
  onApplicationBootstrap(): void {
    void this.task?.run();
  }

  has(id: number): boolean {
    return this.ids.has(id);
  }

  add(id: number): void {
    this.ids.add(id);
    this.next?.add(id);
  }

  /**
   * Asks the database. All that are asked for while a query is under way share the next one.
   * @returns null when it cannot say
   */
  async isOnRecord(id: number): Promise<boolean | null> {
    if (this.asked.size >= MAX_ASKED) return null;
    this.asked.add(id);
    this.answer ??= this.underWay.then(() => this.findAsked());
    const found = await this.answer;
    return found?.has(id) ?? null;
  }

  /** Never fails. */
  private findAsked(): Promise<ReadonlySet<number> | null> {
    const ids = [...this.asked];
    this.asked = new Set();
    this.answer = null;
    const found = orAborted(this.devices.findExisting(ids), AbortSignal.timeout(PATIENCE_MS));
    const answer = found.then(
      (existing) => new Set(existing),
      () => null,
    );
    this.underWay = answer;
    return answer;
  }

  /** @returns the pause after it */
  private async read(): Promise<number> {
    const next = newSet(this.ids.size);
    this.next = next;
    try {
      for (let chunk = [0]; chunk.length > 0;) {
        chunk = await this.devices.findIdsAfter(chunk.at(-1) ?? 0, CHUNK);
        for (const id of chunk) next.add(id);
      }
      this.ids = next;
      this.isFilled = true;
    } finally {
      this.next = null;
    }
    return REREAD_MS;
  }
}

const newSet = (expected: number): IdSet => new IdSet(randomInt(SEED_RANGE), expected);
