import { DomainError } from '../domain/errors.js';
import { DeadlinePassed } from './deadline-passed.js';
import { settleBatch, type Outcome, type WriteBatch } from './settle-batch.js';

export interface GroupCommitOptions<T, R> {
  /** Items of one key are handled in their order, and never in two batches at once. */
  readonly keyOf: (item: T) => number;
  /** Items of one batch are of one group; by default all are. */
  readonly groupOf?: (item: T) => number;
  /** Handles all in one transaction. */
  readonly commit: WriteBatch<T, R>;
  /** Items in one batch, at most. */
  readonly maxBatch: number;
  /** Batches under way at one time: while one waits for the disk, the next one works. */
  readonly inFlight: number | (() => number);
  /** Items that may wait. */
  readonly capacity: number;
  /** Longest wait for an answer. */
  readonly deadlineMs: number;
  /** Pause between two tries of what is locked. */
  readonly lockedRetryMs: number;
}

interface Waiting<T, R> {
  readonly item: T;
  readonly since: number;
  readonly resolve: (result: R) => void;
  readonly reject: (reason: unknown) => void;
}

/** Looks for items whose deadline has passed, in one deadline. */
const SWEEPS = 10;

/**
 * Lets those that arrive while a transaction is under way share the next one: a disk commits many as fast as one. An
 * item that breaks a batch fails alone; one that is locked is set aside and tried again apart from the others, with
 * those of its key behind it. Nobody waits for longer than the deadline, and whoever finds the queue full is told at
 * once.
 */
export class GroupCommit<T, R> {
  private waiting: Waiting<T, R>[] = [];
  private aside: Waiting<T, R>[] = [];
  private readonly running = new Set<readonly Waiting<T, R>[]>();
  /** Keys of items that are under way or set aside: who shares one waits, in order. */
  private readonly busyKeys = new Set<number>();
  private underWay = 0;
  private isScheduled = false;
  private retry: NodeJS.Timeout | undefined;
  private sweep: NodeJS.Timeout | undefined;

  constructor(private readonly options: GroupCommitOptions<T, R>) {}

  /** Items that wait for a batch, or for a lock. */
  get depth(): number {
    return this.waiting.length + this.aside.length;
  }

  /** Keys of items that wait or are under way. */
  keysNow(): ReadonlySet<number> {
    return new Set([...this.busyKeys, ...this.waiting.map(({ item }) => this.options.keyOf(item))]);
  }

  /**
   * Resolves when the item is committed.
   * @throws DomainError OVERLOADED when the queue is full
   * @throws DeadlinePassed when it could not be written in time; it may be written all the same
   * @throws what `commit` refuses it with, or the database's trouble
   */
  add(item: T): Promise<R> {
    if (this.depth >= this.options.capacity) {
      return Promise.reject(
        new DomainError(
          'OVERLOADED',
          'The server cannot write reports fast enough right now; try again later.',
        ),
      );
    }
    return new Promise((resolve, reject) => {
      this.waiting.push({ item, since: performance.now(), resolve, reject });
      this.sweep ??= setInterval(() => {
        this.endOverdue();
      }, this.options.deadlineMs / SWEEPS).unref();
      this.schedule();
    });
  }

  private get isFull(): boolean {
    const { inFlight } = this.options;
    return this.underWay >= (typeof inFlight === 'number' ? inFlight : inFlight());
  }

  /** At the end of this turn of the event loop, so that all that came with it goes together. */
  private schedule(): void {
    if (this.isScheduled || this.isFull) return;
    this.isScheduled = true;
    setImmediate(() => {
      this.isScheduled = false;
      this.start();
    });
  }

  private start(): void {
    while (!this.isFull) {
      const batch = this.takeBatch();
      if (batch.length === 0) return;
      this.underWay += 1;
      void this.run(batch, false).then(() => {
        this.underWay -= 1;
        if (this.waiting.length > 0) this.schedule();
      });
    }
  }

  private groupOf({ item }: Waiting<T, R>): number {
    return this.options.groupOf?.(item) ?? 0;
  }

  /** The first that may go, and others of its group; who shares a key with a batch under way stays, in order. */
  private takeBatch(): Waiting<T, R>[] {
    const batch: Waiting<T, R>[] = [];
    let group: number | undefined;
    const rest: Waiting<T, R>[] = [];
    const taken = new Set<number>();
    for (const one of this.waiting) {
      const key = this.options.keyOf(one.item);
      const mayGo = batch.length < this.options.maxBatch && !this.busyKeys.has(key);
      if (mayGo && (group === undefined || this.groupOf(one) === group)) {
        group ??= this.groupOf(one);
        batch.push(one);
        taken.add(key);
      } else rest.push(one);
    }
    this.waiting = rest;
    for (const key of taken) this.busyKeys.add(key);
    return batch;
  }

  private async run(batch: readonly Waiting<T, R>[], isCareful: boolean): Promise<void> {
    this.running.add(batch);
    const items = batch.map(({ item }) => item);
    const outcomes = await settleBatch(items, this.options.commit, isCareful);
    this.running.delete(batch);
    for (const { item } of batch) this.busyKeys.delete(this.options.keyOf(item));
    batch.forEach((one, index) => {
      this.settle(one, outcomes[index]);
    });
    // Also those of an earlier batch, which share no key with this one.
    for (const { item } of this.aside) this.busyKeys.add(this.options.keyOf(item));
    if (this.waiting.length > 0) this.schedule();
  }

  private settle(one: Waiting<T, R>, outcome: Outcome<R> | undefined): void {
    if (outcome?.kind === 'done') one.resolve(outcome.result);
    else if (outcome?.kind !== 'locked') one.reject(outcome?.reason);
    else if (this.isOverdue(one)) one.reject(new DeadlinePassed(this.options.deadlineMs));
    else this.setAside(one);
  }

  private setAside(one: Waiting<T, R>): void {
    this.aside.push(one);
    this.retry ??= setTimeout(() => {
      this.retry = undefined;
      const batch = this.aside;
      this.aside = [];
      for (const group of new Set(batch.map((waiting) => this.groupOf(waiting))))
        void this.run(
          batch.filter((waiting) => this.groupOf(waiting) === group),
          true,
        );
    }, this.options.lockedRetryMs);
  }

  private isOverdue({ since }: Waiting<T, R>): boolean {
    return performance.now() - since >= this.options.deadlineMs;
  }

  /** Those of a batch under way are answered, too: nobody knows when its transaction ends. */
  private endOverdue(): void {
    const end = (all: readonly Waiting<T, R>[]): Waiting<T, R>[] =>
      all.filter((one) => {
        if (!this.isOverdue(one)) return true;
        one.reject(new DeadlinePassed(this.options.deadlineMs));
        return false;
      });
    this.waiting = end(this.waiting);
    const aside = end(this.aside);
    const isFreed = aside.length < this.aside.length;
    for (const { item } of this.aside) this.busyKeys.delete(this.options.keyOf(item));
    this.aside = aside;
    for (const { item } of [...aside, ...[...this.running].flat()])
      this.busyKeys.add(this.options.keyOf(item));
    for (const batch of this.running) end(batch);
    if (isFreed) this.schedule();
    if (this.depth > 0 || this.running.size > 0) return;
    clearInterval(this.sweep);
    this.sweep = undefined;
  }
}
