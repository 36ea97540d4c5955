import { LRUCache } from 'lru-cache';

/** A clock that never goes back, in milliseconds; as `performance.now()`. */
export type Clock = () => number;

const MINUTE_MS = 60_000;

/** Says whether something is the first of its kind within a span of time. What was longest ago is forgotten first. */
export class FirstTimes {
  private readonly seen: LRUCache<string, true>;

  constructor(spanMs: number, capacity: number, now: Clock) {
    // Unlike `max`, a size makes no room for all of them at the start.
    this.seen = new LRUCache({
      maxSize: capacity,
      sizeCalculation: () => 1,
      ttl: spanMs,
      ttlResolution: 0,
      perf: { now },
    });
  }

  has(key: string): boolean {
    return this.seen.has(key);
  }

  add(key: string): void {
    this.seen.set(key, true);
  }
}

/** So many rows a minute, and a count of those that were left out. */
export class RowBudget {
  private minute = -Infinity;
  private used = 0;
  private leftOut = 0;

  constructor(
    private readonly perMinute: number,
    private readonly now: Clock,
  ) {}

  /** @returns whether there is room for one row more; it is counted either way */
  take(): boolean {
    this.turn();
    if (this.used >= this.perMinute) {
      this.leftOut += 1;
      return false;
    }
    this.used += 1;
    return true;
  }

  /** @returns how many were left out in minutes that are over, once; 0 while there is nothing to tell */
  takeLeftOut(): number {
    if (this.isWithinMinute()) return 0;
    const count = this.leftOut;
    this.leftOut = 0;
    return count;
  }

  private turn(): void {
    if (this.isWithinMinute()) return;
    this.minute = this.now();
    this.used = 0;
  }

  private isWithinMinute(): boolean {
    return this.now() - this.minute < MINUTE_MS;
  }
}
