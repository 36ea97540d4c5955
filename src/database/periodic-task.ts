import { Logger } from '@nestjs/common';
import { isDatabaseAway } from './database-away.js';

/** Makes one of all processes the one that runs a task. */
export interface TaskLock {
  /** Takes the lock, or proves that this process still has it. @returns false when another has it */
  hold(): Promise<boolean>;
  release(): Promise<void>;
}

export interface PeriodicTaskOptions {
  /** Subject of a sentence in the log: "Folding the counts". */
  readonly name: string;
  /** Longest pause between two runs. Up to a tenth is taken off at random, so that processes do not run in step. */
  readonly everyMs: number;
  /** @returns the exact pause until the next run, where it is not `everyMs` */
  readonly run: () => Promise<void> | Promise<number | undefined>;
  /** A run is skipped while another process holds it. */
  readonly lock?: TaskLock;
}

/** What a task takes its time from. */
export interface Timers {
  /** @returns how to cancel it */
  after(ms: number, run: () => void): () => void;
  /** At least 0, less than 1. */
  random(): number;
}

const SYSTEM_TIMERS: Timers = {
  after: (ms, run) => {
    const timer = setTimeout(run, ms).unref();
    return () => {
      clearTimeout(timer);
    };
  },
  random: Math.random,
};

const JITTER = 0.1;

/**
 * Does one thing again and again. A run never overlaps another: the pause begins when a run has ended. One that fails is
 * logged, once until a run succeeds, and the next one comes all the same.
 */
export class PeriodicTask {
  private readonly logger = new Logger('PeriodicTask');
  private cancel: (() => void) | undefined;
  private running: Promise<void> | undefined;
  private isStopped = false;
  private isFailing = false;

  constructor(
    private readonly options: PeriodicTaskOptions,
    private readonly timers: Timers = SYSTEM_TIMERS,
  ) {}

  get name(): string {
    return this.options.name;
  }

  /** Runs for the first time after a pause, unless it has run before. */
  start(): void {
    if (!this.cancel && !this.running) this.schedule(this.usualPause());
  }

  /** Runs now, or joins the run that is under way. Never fails. */
  run(): Promise<void> {
    this.running ??= this.runOnce().then((pauseMs) => {
      this.running = undefined;
      this.schedule(pauseMs);
    });
    return this.running;
  }

  /** Resolves when nothing runs any more. */
  async stop(): Promise<void> {
    this.isStopped = true;
    this.cancel?.();
    await this.running;
    await this.options.lock?.release();
  }

  private schedule(pauseMs: number): void {
    this.cancel?.();
    if (this.isStopped) return;
    this.cancel = this.timers.after(pauseMs, () => void this.run());
  }

  private usualPause(): number {
    return this.options.everyMs * (1 - JITTER * this.timers.random());
  }

  /** @returns the pause after it */
  private async runOnce(): Promise<number> {
    const { name, lock, run } = this.options;
    try {
      if (lock && !(await lock.hold())) return this.usualPause();
      const pauseMs = await run();
      if (this.isFailing) this.logger.log(`${name} works again.`);
      this.isFailing = false;
      return pauseMs ?? this.usualPause();
    } catch (error) {
      this.note(error);
      return this.usualPause();
    }
  }

  private note(error: unknown): void {
    const sentence = `${this.options.name} failed and is tried again: ${String(error)}`;
    // That the database is away is reported by those that have something to write.
    if (isDatabaseAway(error) || this.isFailing) this.logger.debug(sentence);
    else this.logger.warn(sentence);
    this.isFailing ||= !isDatabaseAway(error);
  }
}
