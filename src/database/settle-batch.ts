import { isItemError, isLocked } from './database-error.js';

/** What became of one item of a batch. */
export type Outcome<R> =
  | { readonly kind: 'done'; readonly result: R }
  /** An error of the item: the same again would be refused again. */
  | { readonly kind: 'refused'; readonly reason: Error }
  /** Somebody else holds a lock on what it changes. */
  | { readonly kind: 'locked'; readonly reason: unknown }
  /** Trouble of the database, which passes. */
  | { readonly kind: 'failed'; readonly reason: unknown };

/**
 * Writes a batch in one transaction.
 * @param isCareful waits for no lock any longer than it must: what is locked is left out and said to be `locked`
 * @returns, after COMMIT, one outcome for each item, in their order
 */
export type WriteBatch<T, R> = (items: readonly T[], isCareful: boolean) => Promise<readonly Outcome<R>[]>;

/**
 * Writes a batch, and finds by halving the items that break it: about 2 log2(n) transactions for one such item in n. What
 * is locked is looked for carefully; when locks spoil many parts, it is the table that is locked, and halving ends.
 * @param isCareful from the start, for a batch that is known to be in the way of a lock
 * @returns one outcome for each item, in their order; never rejects
 */
export async function settleBatch<T, R>(
  items: readonly T[],
  write: WriteBatch<T, R>,
  isCareful = false,
): Promise<Outcome<R>[]> {
  return new Settling(write, isCareful, items.length).settle(items);
}

class Settling<T, R> {
  private locksLeft: number;
  /** After trouble of the database nothing more is asked. */
  private trouble: { readonly reason: unknown } | null = null;

  constructor(
    private readonly write: WriteBatch<T, R>,
    private isCareful: boolean,
    size: number,
  ) {
    // Enough to find three single items.
    this.locksLeft = 3 * (Math.ceil(Math.log2(size + 1)) + 1);
  }

  async settle(items: readonly T[]): Promise<Outcome<R>[]> {
    if (items.length === 0) return [];
    if (this.trouble) return outcomeForAll(items, { kind: 'failed', reason: this.trouble.reason });
    try {
      return [...(await this.write(items, this.isCareful))];
    } catch (error) {
      return this.blame(items, error);
    }
  }

  private async blame(items: readonly T[], error: unknown): Promise<Outcome<R>[]> {
    if (isItemError(error)) {
      return items.length > 1 ? this.halve(items) : [{ kind: 'refused', reason: error as Error }];
    }
    if (!isLocked(error) || this.locksLeft === 0) {
      this.trouble = { reason: error };
      return outcomeForAll(items, { kind: 'failed', reason: error });
    }
    this.locksLeft -= 1;
    if (!this.isCareful) {
      this.isCareful = true;
      return this.settle(items);
    }
    return items.length > 1 ? this.halve(items) : [{ kind: 'locked', reason: error }];
  }

  /** Of a part that is known to be broken. When the first half is sound, the second one need not be tried whole. */
  private async halve(items: readonly T[]): Promise<Outcome<R>[]> {
    const middle = Math.ceil(items.length / 2);
    const first = await this.settle(items.slice(0, middle));
    const rest = items.slice(middle);
    const isFirstSound = first.every(({ kind }) => kind === 'done');
    const second = isFirstSound && rest.length > 1 ? await this.halve(rest) : await this.settle(rest);
    return [...first, ...second];
  }
}

/** Outcomes of a batch that is written, for items that get no answer. */
export const allDone = (items: readonly unknown[]): Outcome<void>[] =>
  items.map(() => ({ kind: 'done', result: undefined }));

const outcomeForAll = <R>(items: readonly unknown[], outcome: Outcome<R>): Outcome<R>[] =>
  items.map(() => outcome);
