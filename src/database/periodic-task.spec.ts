import { Logger } from '@nestjs/common';
import { jest } from '@jest/globals';
import { PeriodicTask, type PeriodicTaskOptions, type TaskLock, type Timers } from './periodic-task.js';

/** Time that passes only when a test says so. */
class FakeTimers implements Timers {
  /** What the next random number is. */
  chance = 0;
  private now = 0;
  private readonly waiting = new Set<{ readonly at: number; readonly run: () => void }>();

  after(ms: number, run: () => void): () => void {
    const timer = { at: this.now + ms, run };
    this.waiting.add(timer);
    return () => this.waiting.delete(timer);
  }

  random(): number {
    return this.chance;
  }

  async pass(ms: number): Promise<void> {
    this.now += ms;
    for (const timer of this.waiting) {
      if (timer.at > this.now) continue;
      this.waiting.delete(timer);
      timer.run();
    }
    await settled();
  }
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Work that ends when a test says so. */
function held(): { readonly promise: Promise<void>; readonly end: () => void } {
  let end = (): void => undefined;
  const promise = new Promise<void>((resolve) => (end = resolve));
  return { promise, end };
}

describe('a periodic task', () => {
  let timers: FakeTimers;
  let runs: number;

  const taskOf = (options: Partial<PeriodicTaskOptions> = {}): PeriodicTask => {
    const run = async (): Promise<number | undefined> => {
      runs += 1;
      return (await options.run?.()) ?? undefined;
    };
    return new PeriodicTask({ name: 'Counting', everyMs: 100, ...options, run }, timers);
  };

  beforeEach(() => {
    jest.spyOn(Logger.prototype, 'debug').mockReturnValue(undefined);
    timers = new FakeTimers();
    runs = 0;
  });
  afterEach(() => {
    jest.restoreAllMocks();
  });

  it('runs after each pause, for the first time too', async () => {
    taskOf().start();
    await timers.pass(99);
    expect(runs).toBe(0);
    await timers.pass(1);
    expect(runs).toBe(1);
    await timers.pass(100);
    expect(runs).toBe(2);
  });

  it('comes up to a tenth early, and never late', async () => {
    timers.chance = 0.999_999;
    taskOf().start();
    await timers.pass(89);
    expect(runs).toBe(0);
    await timers.pass(2);
    expect(runs).toBe(1);
  });

  it('runs next when the run before says so', async () => {
    timers.chance = 0.5;
    taskOf({ run: () => Promise.resolve(30) }).start();
    await timers.pass(95);
    await timers.pass(29);
    expect(runs).toBe(1);
    await timers.pass(1);
    expect(runs).toBe(2);
  });

  it('does not overlap itself: its pause begins when a run has ended', async () => {
    const work = held();
    taskOf({ run: () => work.promise }).start();
    await timers.pass(100);
    await timers.pass(1_000);
    expect(runs).toBe(1);
    work.end();
    await settled();
    await timers.pass(99);
    expect(runs).toBe(1);
    await timers.pass(1);
    expect(runs).toBe(2);
  });

  it('runs once for all who ask for it at one time, and pauses from then on', async () => {
    const work = held();
    const task = taskOf({ run: () => work.promise });
    task.start();
    await timers.pass(50);
    const asked = [task.run(), task.run()];
    await timers.pass(50);
    expect(runs).toBe(1);
    work.end();
    await Promise.all(asked);
    await timers.pass(99);
    expect(runs).toBe(1);
    await timers.pass(1);
    expect(runs).toBe(2);
  });

  it('is stopped when what runs has ended, and does not run again', async () => {
    const work = held();
    const task = taskOf({ run: () => work.promise });
    task.start();
    await timers.pass(100);
    let isStopped = false;
    const stop = task.stop().then(() => (isStopped = true));
    await settled();
    expect(isStopped).toBe(false);
    work.end();
    await stop;
    await timers.pass(1_000);
    expect(runs).toBe(1);
  });

  it('logs that it fails, once, and that it works again; and goes on', async () => {
    const warn = jest.spyOn(Logger.prototype, 'warn').mockReturnValue(undefined);
    const log = jest.spyOn(Logger.prototype, 'log').mockReturnValue(undefined);
    let fails = true;
    const run = (): Promise<void> => (fails ? Promise.reject(new Error('no luck')) : Promise.resolve());
    taskOf({ run }).start();
    for (let n = 0; n < 3; n++) await timers.pass(100);
    fails = false;
    for (let n = 0; n < 3; n++) await timers.pass(100);
    expect(runs).toBe(6);
    expect(warn.mock.calls).toEqual([['Counting failed and is tried again: Error: no luck']]);
    expect(log.mock.calls).toEqual([['Counting works again.']]);
  });

  describe('under a lock', () => {
    /** A lock that another process may have. */
    const lockOf = (): TaskLock & { isElsewhere: boolean; holds: number; releases: number } => ({
      isElsewhere: false,
      holds: 0,
      releases: 0,
      hold() {
        this.holds += 1;
        return Promise.resolve(!this.isElsewhere);
      },
      release() {
        this.releases += 1;
        return Promise.resolve();
      },
    });

    it('skips its run while another process holds it, and asks again the next time', async () => {
      const lock = lockOf();
      lock.isElsewhere = true;
      taskOf({ lock }).start();
      await timers.pass(100);
      await timers.pass(100);
      expect([lock.holds, runs]).toEqual([2, 0]);
      lock.isElsewhere = false;
      await timers.pass(100);
      expect([lock.holds, runs]).toEqual([3, 1]);
    });

    it('keeps it between its runs, and gives it up when it has stopped', async () => {
      const work = held();
      const lock = lockOf();
      const task = taskOf({ lock, run: () => work.promise });
      task.start();
      await timers.pass(100);
      const stop = task.stop();
      await settled();
      expect(lock.releases).toBe(0);
      work.end();
      await stop;
      expect(lock.releases).toBe(1);
    });

    it('logs that the lock could not be asked for, and asks again the next time', async () => {
      const warn = jest.spyOn(Logger.prototype, 'warn').mockReturnValue(undefined);
      const lock = { ...lockOf(), hold: () => Promise.reject(new Error('no answer')) };
      taskOf({ lock }).start();
      await timers.pass(100);
      await timers.pass(100);
      expect(runs).toBe(0);
      expect(warn).toHaveBeenCalledTimes(1);
    });
  });
});
