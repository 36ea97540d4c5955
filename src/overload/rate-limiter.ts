import { randomInt } from 'node:crypto';
import { hashId } from '../domain/hash-id.js';
import { afterOne, waitMs, type Rate } from '../domain/rate-limit.js';

/** Slots in which a key may stand. */
const WAYS = 8;
/** Of a slot: the key, and when it is paid off. Both in one array, so that a look-up touches two lines of the cache. */
const FIELDS = 2;
const SEED_RANGE = 2 ** 32;

/**
 * A rate limit for each of many keys, in memory of a fixed size: 16 bytes for each. A key that has been paid off needs no
 * place. When a new one finds none that is free, the one that is nearest to being paid off goes: a flood of other keys
 * pushes itself out, and not a key that is at its limit. docs/decisions/0013-rate-limits.md
 */
export class RateLimiter {
  private readonly table: Float64Array;
  private readonly lastBucket: number;
  private readonly seed = randomInt(SEED_RANGE);

  /**
   * @param capacity keys that are remembered; a power of two, at least 8
   * @param now milliseconds
   */
  constructor(
    private readonly rate: Rate,
    capacity: number,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.table = new Float64Array(capacity * FIELDS).fill(-Infinity);
    this.lastBucket = capacity / WAYS - 1;
  }

  /** Counts one for a key if it may. @returns 0, or the milliseconds until it may, with nothing counted */
  take(key: number): number {
    const at = this.placeOf(key);
    const now = this.now();
    const paidOffAt = this.paidOffAt(at, key);
    const wait = waitMs(paidOffAt, now, this.rate);
    if (wait === 0) this.put(at, key, afterOne(paidOffAt, now, this.rate));
    return wait;
  }

  /** Milliseconds until a key may; 0: now. */
  waitOf(key: number): number {
    return waitMs(this.paidOffAt(this.placeOf(key), key), this.now(), this.rate);
  }

  /** The key's own slot, or the one that it may have. */
  private placeOf(key: number): number {
    const { table } = this;
    const first = (hashId(key, this.seed) & this.lastBucket) * WAYS * FIELDS;
    let nearest = first;
    for (let at = first; at < first + WAYS * FIELDS; at += FIELDS) {
      if (table[at] === key) return at;
      if ((table[at + 1] ?? 0) < (table[nearest + 1] ?? 0)) nearest = at;
    }
    return nearest;
  }

  private paidOffAt(at: number, key: number): number {
    return this.table[at] === key ? (this.table[at + 1] ?? 0) : -Infinity;
  }

  private put(at: number, key: number, paidOffAt: number): void {
    this.table[at] = key;
    this.table[at + 1] = paidOffAt;
  }
}
