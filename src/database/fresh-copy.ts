import { setTimeout as sleep } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import type { ChangeFeed } from './change-feed.js';
import type { PeriodicTasks } from './periodic-tasks.js';

/** Who changes a table and who hears of it ask for a read within this time of each other, and share it. */
const GATHER_MS = 10;

export interface FreshCopyOptions<T> {
  /** Subject of sentences in the log: "The catalog". */
  readonly name: string;
  /** Channels on which a change of what is read is told. */
  readonly channels: readonly string[];
  /** Told of each notification before it is read again; null: nobody knows what was missed. */
  readonly onChange?: (payload: string | null) => void;
  /** Time in which those that ask for a read share it. */
  readonly gatherMs?: number;
  /** Longest time between two reads. */
  readonly everyMs: number;
  /** Longest time that a read may take. */
  readonly patienceMs: number;
  readonly read: () => Promise<T>;
  /** Reads are taken in the order in which they were begun. */
  readonly take: (content: T) => void;
}

/**
 * What the database says, kept in memory: read again whenever a change is told, when the connection that tells it comes
 * back, and once in a while.
 */
export class FreshCopy<T> {
  private readonly logger = new Logger('FreshCopy');
  /** Reading of `performance.now()` up to which the copy is what the database said. */
  private confirmedAt = performance.now();
  private isBehind = false;
  private reads = 0;
  private newestRead = 0;
  private running: Promise<void> | undefined;
  /** A read that has not begun. */
  private next: Promise<void> | undefined;

  constructor(
    private readonly options: FreshCopyOptions<T>,
    changes: ChangeFeed,
    tasks: PeriodicTasks,
  ) {
    const { name, channels, everyMs } = options;
    const refresh = (): Promise<void> => this.refresh();
    changes.subscribe(channels, {
      onChange: (payload) => {
        options.onChange?.(payload);
        void refresh();
      },
      onDeaf: () => void refresh(),
      onAlive: (since) => {
        if (this.isBehind) void refresh();
        else if (!this.running && !this.next) this.confirmedAt = since;
      },
    });
    tasks.add({ name: `Reading ${name.charAt(0).toLowerCase()}${name.slice(1)}`, everyMs, run: refresh });
  }

  /** Seconds since the copy was known to be what the database says. */
  get ageSeconds(): number {
    return (performance.now() - this.confirmedAt) / 1000;
  }

  /** The first read. @throws the database's trouble */
  start(): Promise<void> {
    return this.read();
  }

  /** Waits for the reads that are under way. */
  async stop(): Promise<void> {
    await this.next;
    await this.running;
  }

  /**
   * Resolves when what was committed before this call is in the copy; if it cannot be read, the copy stays as it was. All
   * that ask for it before the read begins share it: who changes something, and the feed that hears of the same change.
   */
  refresh(): Promise<void> {
    this.next ??= this.readNext();
    return this.next;
  }

  private async readNext(): Promise<void> {
    await sleep(this.options.gatherMs ?? GATHER_MS);
    await this.running;
    // Whoever asks from here on may have committed what this read does not see.
    this.next = undefined;
    this.running = this.readOrStay().finally(() => {
      this.running = undefined;
    });
    await this.running;
  }

  private async readOrStay(): Promise<void> {
    const { name, patienceMs } = this.options;
    try {
      await inTime(this.read(), patienceMs);
      if (this.isBehind) this.logger.log(`${name} can be read again.`);
      this.isBehind = false;
    } catch (error) {
      if (!this.isBehind)
        this.logger.warn(
          `${name} could not be read and stays as it was; it is read again every few seconds. ${String(error)}`,
        );
      this.isBehind = true;
    }
  }

  /** A read that took so long that another was begun must not undo what that one found. */
  private async read(): Promise<void> {
    const order = ++this.reads;
    const begun = performance.now();
    const content = await this.options.read();
    if (order < this.newestRead) return;
    this.newestRead = order;
    this.confirmedAt = begun;
    this.options.take(content);
  }
}

/** @throws Error when the work takes longer, as on a connection that is half open; it goes on by itself then */
async function inTime(work: Promise<void>, patienceMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`The database gave no answer within ${patienceMs / 1000} s.`));
    }, patienceMs);
  });
  work.catch(() => undefined);
  try {
    await Promise.race([work, tooLate]);
  } finally {
    clearTimeout(timer);
  }
}
