import { Logger } from '@nestjs/common';
import { isDatabaseAway } from './database-away.js';

export interface WriteBehindOptions<V> {
  /** What waits, for the log: "check-ins". */
  readonly name: string;
  /** Keys that may wait; beyond, the one that has waited longest is dropped. */
  readonly capacity: number;
  /** Longest wait before a write, while the database is there. */
  readonly flushMs: number;
  /** What remains of two values of one key. */
  readonly merge: (waiting: V, next: V) => V;
  /** Writes all in one transaction. */
  readonly write: (batch: readonly V[]) => Promise<void>;
}

const RETRY_MS = 1_000;

/**
 * A bounded queue of what must be written but not waited for: merged by key, written in batches, kept while the
 * database is away, drained at shutdown.
 */
export class WriteBehind<K, V> {
  private readonly logger = new Logger('WriteBehind');
  private waiting = new Map<K, V>();
  private timer: NodeJS.Timeout | undefined;
  private writing: Promise<void> | undefined;
  private dropped = 0;

  constructor(private readonly options: WriteBehindOptions<V>) {}

  /** Keys that wait. */
  get depth(): number {
    return this.waiting.size;
  }

  /** Never waits and never throws. */
  add(key: K, value: V): void {
    this.put(this.waiting, key, value);
    this.schedule(this.options.flushMs);
  }

  /** Writes what waits; resolves when it is written, or could not be. */
  async drain(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    await this.writing;
    if (this.waiting.size > 0) await this.flush();
    clearTimeout(this.timer);
  }

  private schedule(delayMs: number): void {
    if (this.timer || this.writing) return;
    this.timer = setTimeout(() => {
      this.timer = undefined;
      void this.flush();
    }, delayMs);
  }

  private flush(): Promise<void> {
    const batch = this.waiting;
    this.waiting = new Map();
    this.writing = this.write(batch).then((isWritten) => {
      this.writing = undefined;
      if (this.waiting.size > 0) this.schedule(isWritten ? this.options.flushMs : RETRY_MS);
    });
    return this.writing;
  }

  /** @returns false when the database is away and the batch waits on */
  private async write(batch: ReadonlyMap<K, V>): Promise<boolean> {
    try {
      await this.options.write([...batch.values()]);
      this.reportDropped();
      return true;
    } catch (error) {
      if (isDatabaseAway(error)) {
        this.keep(batch);
        return false;
      }
      await this.writeOneByOne(batch, error);
      return true;
    }
  }

  /** One that cannot be written must not take the others with it. */
  private async writeOneByOne(batch: ReadonlyMap<K, V>, reason: unknown): Promise<void> {
    if (batch.size === 1) {
      this.logger.error(
        `Of the ${this.options.name} one cannot be written and is dropped: ${String(reason)}`,
      );
      return;
    }
    for (const [key, value] of batch) await this.write(new Map([[key, value]]));
  }

  /** Older than what came meanwhile, so it goes in front. */
  private keep(batch: ReadonlyMap<K, V>): void {
    const newer = this.waiting;
    this.waiting = new Map(batch);
    for (const [key, value] of newer) this.put(this.waiting, key, value);
  }

  private put(queue: Map<K, V>, key: K, value: V): void {
    const present = queue.get(key);
    queue.set(key, present === undefined ? value : this.options.merge(present, value));
    if (queue.size <= this.options.capacity) return;
    const oldest = queue.keys().next();
    if (!oldest.done) queue.delete(oldest.value);
    this.dropped += 1;
  }

  private reportDropped(): void {
    if (this.dropped === 0) return;
    this.logger.warn(`Dropped ${this.dropped} ${this.options.name}: more came than could be written.`);
    this.dropped = 0;
  }
}
