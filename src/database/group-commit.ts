import { DomainError } from '../domain/errors.js';
import { isDatabaseAway } from './database-away.js';

/** What became of one item of a batch: its answer, or why there is none. */
export type Outcome<R> =
  { readonly kind: 'done'; readonly result: R } | { readonly kind: 'refused'; readonly reason: Error };

export interface GroupCommitOptions<T, R> {
  /** Items of one key are handled in their order, and never in two batches at once. */
  readonly keyOf: (item: T) => number;
  /** Handles all in one transaction. @returns, after COMMIT, one outcome for each, in their order */
  readonly commit: (batch: readonly T[]) => Promise<readonly Outcome<R>[]>;
  /** Items in one batch, at most. */
  readonly maxBatch: number;
  /** Batches under way at one time: while one waits for the disk, the next one works. */
  readonly inFlight: number;
  /** Items that may wait. */
  readonly capacity: number;
}

interface Waiting<T, R> {
  readonly item: T;
  readonly resolve: (result: R) => void;
  readonly reject: (reason: unknown) => void;
}

/**
 * Lets those that arrive while a transaction is under way share the next one: a disk commits many as fast as one. An
 * item that breaks a batch fails alone, and whoever finds the queue full is told so at once.
 */
export class GroupCommit<T, R> {
  private waiting: Waiting<T, R>[] = [];
  private readonly busyKeys = new Set<number>();
  private underWay = 0;
  private isScheduled = false;

  constructor(private readonly options: GroupCommitOptions<T, R>) {}

  /** Items that wait for a batch. */
  get depth(): number {
    return this.waiting.length;
  }

  /**
   * Resolves when the item is committed.
   * @throws DomainError OVERLOADED when the queue is full; what `commit` refuses it with otherwise
   */
  add(item: T): Promise<R> {
    if (this.waiting.length >= this.options.capacity) {
      return Promise.reject(
        new DomainError('OVERLOADED', 'More arrives than can be written at the moment; try again later.'),
      );
    }
    return new Promise((resolve, reject) => {
      this.waiting.push({ item, resolve, reject });
      this.schedule();
    });
  }

  /** At the end of this turn of the event loop, so that all that came with it goes together. */
  private schedule(): void {
    if (this.isScheduled || this.underWay >= this.options.inFlight) return;
    this.isScheduled = true;
    setImmediate(() => {
      this.isScheduled = false;
      this.start();
    });
  }

  private start(): void {
    while (this.underWay < this.options.inFlight) {
      const batch = this.takeBatch();
      if (batch.length === 0) return;
      this.underWay += 1;
      void this.run(batch).then(() => {
        this.underWay -= 1;
        for (const { item } of batch) this.busyKeys.delete(this.options.keyOf(item));
        if (this.waiting.length > 0) this.schedule();
      });
    }
  }

  /** The first that may go; who shares a key with a batch under way stays, in order. */
  private takeBatch(): Waiting<T, R>[] {
    const batch: Waiting<T, R>[] = [];
    const rest: Waiting<T, R>[] = [];
    const taken = new Set<number>();
    for (const one of this.waiting) {
      const key = this.options.keyOf(one.item);
      if (batch.length < this.options.maxBatch && !this.busyKeys.has(key)) {
        batch.push(one);
        taken.add(key);
      } else rest.push(one);
    }
    this.waiting = rest;
    for (const key of taken) this.busyKeys.add(key);
    return batch;
  }

  private async run(batch: readonly Waiting<T, R>[]): Promise<void> {
    try {
      const outcomes = await this.options.commit(batch.map(({ item }) => item));
      batch.forEach(({ resolve, reject }, index) => {
        const outcome = outcomes[index];
        if (outcome?.kind === 'done') resolve(outcome.result);
        else reject(outcome?.reason);
      });
    } catch (error) {
      if (batch.length === 1 || isDatabaseAway(error)) for (const { reject } of batch) reject(error);
      // Nothing was committed: whoever broke it is found by asking each alone.
      else for (const one of batch) await this.run([one]);
    }
  }
}
