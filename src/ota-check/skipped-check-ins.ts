import { setTimeout as sleep } from 'node:timers/promises';
import type { CheckIn } from './check-in.repository.js';

export interface SkippedCheckInsOptions {
  /** Check-ins that may wait; beyond, the one that has waited longest is not compared. */
  readonly capacity: number;
  /** Check-ins that are compared at a time. */
  readonly maxBatch: number;
  /** Each is compared this long after it came at the earliest, and twice as long at the latest. */
  readonly everyMs: number;
  /** Longest time that {@link SkippedCheckIns.drain} takes. */
  readonly drainMs: number;
  /** Compares them with what is on record. */
  readonly compare: (checkIns: readonly CheckIn[]) => Promise<void>;
}

/**
 * Check-ins that are not written because this process wrote the same before. Another server may have written something
 * else meanwhile, so they are compared with what is on record: the last one of each device, many at once, and late
 * enough for the other server to have written what came before.
 */
export class SkippedCheckIns {
  private young = new Map<number, CheckIn>();
  private ripe = new Map<number, CheckIn>();
  private timer: NodeJS.Timeout | undefined;
  private comparing: Promise<void> = Promise.resolve();
  private isDraining = false;

  constructor(private readonly options: SkippedCheckInsOptions) {}

  add(checkIn: CheckIn): void {
    this.young.set(checkIn.deviceId, checkIn);
    if (this.young.size + this.ripe.size > this.options.capacity) {
      const oldest = this.ripe.size > 0 ? this.ripe : this.young;
      for (const deviceId of oldest.keys()) {
        oldest.delete(deviceId);
        break;
      }
    }
    this.schedule();
  }

  get(deviceId: number): CheckIn | undefined {
    return this.young.get(deviceId);
  }

  /** Something newer of the device is going to be written. */
  delete(deviceId: number): void {
    this.young.delete(deviceId);
    this.ripe.delete(deviceId);
  }

  /** Compares all that wait; resolves when it is done, or the time for it is over. */
  async drain(): Promise<void> {
    this.isDraining = true;
    clearTimeout(this.timer);
    await Promise.race([this.compareAll(), sleep(this.options.drainMs, undefined, { ref: false })]);
  }

  private async compareAll(): Promise<void> {
    await this.comparing;
    // First those that are ripe, then the others.
    await this.compare();
    await this.compare();
  }

  private schedule(): void {
    if (this.isDraining || this.young.size + this.ripe.size === 0) return;
    this.timer ??= setTimeout(() => {
      this.comparing = this.compare().finally(() => {
        this.timer = undefined;
        this.schedule();
      });
    }, this.options.everyMs);
  }

  private async compare(): Promise<void> {
    const checkIns = [...this.ripe.values()];
    this.ripe = this.young;
    this.young = new Map();
    for (let start = 0; start < checkIns.length; start += this.options.maxBatch) {
      try {
        await this.options.compare(checkIns.slice(start, start + this.options.maxBatch));
      } catch {
        // The queue says that the database is in trouble. They are compared when it is their turn again.
        this.keep(checkIns.slice(start));
        return;
      }
    }
  }

  private keep(checkIns: readonly CheckIn[]): void {
    const room = this.options.capacity - this.young.size - this.ripe.size;
    for (const checkIn of checkIns.slice(0, Math.max(0, room))) {
      if (!this.ripe.has(checkIn.deviceId)) this.ripe.set(checkIn.deviceId, checkIn);
    }
  }
}
