import { setTimeout as sleep } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { settleBatch, type WriteBatch } from './settle-batch.js';

export interface WriteBehindOptions<V> {
  /** What waits, for the log: "check-ins". */
  readonly name: string;
  /** Keys that may wait; beyond, the one that has waited longest is dropped. */
  readonly capacity: number;
  /** Longest wait before a write, while the database is there. */
  readonly flushMs: number;
  /** Values in one transaction, at most. */
  readonly maxBatch: number;
  /** Pause after a write that failed, and between two tries of what is locked. */
  readonly retryMs: number;
  /** Longest time that {@link WriteBehind.drain} takes. */
  readonly drainMs: number;
  /** What remains of two values of one key. */
  readonly merge: (waiting: V, next: V) => V;
  /** Writes all in one transaction. */
  readonly write: WriteBatch<V, unknown>;
  /** Hears of a value that is dropped: there was no room for it, or PostgreSQL refuses it. */
  readonly onDropped?: (value: V) => void;
}

/**
 * A bounded queue of what must be written but not waited for: merged by key, written in batches, kept while the
 * database is in trouble, drained at shutdown. What is locked is set aside and tried again apart from the others; what
 * PostgreSQL refuses is dropped.
 */
export class WriteBehind<K, V> {
  private readonly logger = new Logger('WriteBehind');
  private waiting = new Map<K, V>();
  private aside = new Map<K, V>();
  private timer: NodeJS.Timeout | undefined;
  /** What the timer was set to. */
  private timerMs = 0;
  private writing: Promise<void> | undefined;
  private retryAsideAt = 0;
  private underWay = 0;
  private dropped = 0;
  private isInTrouble = false;
  private isDraining = false;

  constructor(private readonly options: WriteBehindOptions<V>) {}

  /** Keys that wait. */
  get depth(): number {
    return this.waiting.size + this.aside.size;
  }

  /** The value of this key that waits. */
  get(key: K): V | undefined {
    return this.waiting.get(key) ?? this.aside.get(key);
  }

  /** Never waits and never throws. */
  add(key: K, value: V): void {
    this.put(this.aside.has(key) ? this.aside : this.waiting, key, value);
    this.schedule(this.isInTrouble ? this.options.retryMs : this.options.flushMs);
  }

  /** Writes what waits; resolves when all is written, or the time for it is over. */
  async drain(): Promise<void> {
    const over = performance.now() + this.options.drainMs;
    this.isDraining = true;
    clearTimeout(this.timer);
    this.timer = undefined;
    await Promise.race([this.writeAll(over), sleep(this.options.drainMs, undefined, { ref: false })]);
    if (this.depth === 0 && !this.writing) return;
    this.logger.error(
      `${this.depth + this.underWay} ${this.options.name} could not be written within ${this.options.drainMs / 1000} s and are lost.`,
    );
  }

  private async writeAll(over: number): Promise<void> {
    await this.writing;
    while (this.depth > 0 && performance.now() < over) {
      this.retryAsideAt = 0;
      await this.flush();
      if (this.depth > 0) await sleep(Math.min(this.options.retryMs, over - performance.now()));
    }
  }

  private schedule(delayMs: number): void {
    if (this.writing || this.isDraining) return;
    if (this.timer && this.timerMs <= delayMs) return;
    clearTimeout(this.timer);
    this.timerMs = delayMs;
    this.timer = setTimeout(() => {
      this.timer = undefined;
      void this.flush();
    }, delayMs);
  }

  private flush(): Promise<void> {
    this.writing = this.writeOnce().then(() => {
      this.writing = undefined;
      if (this.depth === 0) return;
      this.schedule(
        this.isInTrouble || this.waiting.size === 0 ? this.options.retryMs : this.options.flushMs,
      );
    });
    return this.writing;
  }

  /** All that waits, batch after batch, until the database is in trouble; then what is set aside, when it is its turn. */
  private async writeOnce(): Promise<void> {
    let left = this.waiting.size;
    let isTaken = true;
    while (left > 0 && isTaken) {
      const batch = this.takeBatch();
      left -= batch.length;
      isTaken = await this.write(batch, false);
    }
    if (this.aside.size === 0 || performance.now() < this.retryAsideAt) return;
    this.retryAsideAt = performance.now() + this.options.retryMs;
    const locked = [...this.aside];
    this.aside = new Map();
    await this.write(locked, true);
  }

  private takeBatch(): [K, V][] {
    const batch: [K, V][] = [];
    for (const entry of this.waiting) {
      if (batch.length >= this.options.maxBatch) break;
      batch.push(entry);
    }
    for (const [key] of batch) this.waiting.delete(key);
    return batch;
  }

  /** @returns false when the database is in trouble, and what could not be written waits on */
  private async write(batch: readonly [K, V][], isCareful: boolean): Promise<boolean> {
    this.underWay = batch.length;
    const values = batch.map(([, value]) => value);
    const outcomes = await settleBatch(values, this.options.write, isCareful);
    this.underWay = 0;
    const failed: [K, V][] = [];
    let trouble: unknown;
    batch.forEach((entry, index) => {
      const outcome = outcomes[index];
      if (outcome?.kind === 'refused') this.drop(entry[1], outcome.reason);
      else if (outcome?.kind === 'locked') this.moveAside(...entry);
      else if (outcome?.kind !== 'done') {
        failed.push(entry);
        trouble = outcome?.reason;
      }
    });
    this.keep(failed);
    this.note(failed.length > 0, trouble);
    return failed.length === 0;
  }

  /** Logs the beginning and the end of trouble, not each try. */
  private note(isInTrouble: boolean, reason: unknown): void {
    if (isInTrouble && !this.isInTrouble) {
      this.logger.warn(
        `${this.depth} ${this.options.name} wait until the database takes them: ${String(reason)}`,
      );
    }
    if (!isInTrouble && this.isInTrouble) this.logger.log(`The database takes ${this.options.name} again.`);
    this.isInTrouble = isInTrouble;
    if (isInTrouble || this.dropped === 0) return;
    this.logger.warn(`Dropped ${this.dropped} ${this.options.name}: more came than could be written.`);
    this.dropped = 0;
  }

  private drop(value: V, reason: Error): void {
    this.logger.error(
      `One of the ${this.options.name} is dropped, because the database refuses it: ${String(reason)}`,
    );
    this.options.onDropped?.(value);
  }

  /** Also what came for the key meanwhile, so that it does not wait for the lock with the others. */
  private moveAside(key: K, value: V): void {
    const newer = this.waiting.get(key);
    this.waiting.delete(key);
    this.put(this.aside, key, value);
    if (newer !== undefined) this.put(this.aside, key, newer);
  }

  /** Older than what came meanwhile, so it goes in front. */
  private keep(batch: readonly [K, V][]): void {
    if (batch.length === 0) return;
    const newer = this.waiting;
    this.waiting = new Map(batch);
    for (const [key, value] of newer) this.put(this.waiting, key, value);
  }

  private put(queue: Map<K, V>, key: K, value: V): void {
    const present = queue.get(key);
    queue.set(key, present === undefined ? value : this.options.merge(present, value));
    if (this.depth <= this.options.capacity) return;
    const oldest = queue.entries().next();
    if (oldest.done) return;
    queue.delete(oldest.value[0]);
    this.options.onDropped?.(oldest.value[1]);
    this.dropped += 1;
  }
}
