export interface QueueLimits {
  /** Jobs that run at once. */
  readonly running: number;
  /** Jobs that may wait. */
  readonly waiting: number;
  /** Of which one key may have so many. */
  readonly waitingPerKey: number;
}

type Job = () => void;

/**
 * Runs few jobs at once and lets few wait. Those that wait are served by turns of their keys, so that one key's many jobs
 * delay another key's job by one job only.
 */
export class FairQueue {
  private running = 0;
  private readonly preferred: Turns;
  private readonly others: Turns;

  constructor(private readonly limits: QueueLimits) {
    this.preferred = new Turns(limits);
    this.others = new Turns(limits);
  }

  /** Jobs that wait. */
  get depth(): number {
    return this.preferred.size + this.others.size;
  }

  /**
   * @param isPreferred waits apart from the others and goes before them
   * @returns null when there is no room to wait
   */
  run<T>(key: string, isPreferred: boolean, work: () => Promise<T>): Promise<T> | null {
    if (this.running < this.limits.running) return this.start(work);
    const turns = isPreferred ? this.preferred : this.others;
    if (!turns.hasRoomFor(key)) return null;
    return new Promise<T>((resolve, reject) => {
      turns.add(key, () => {
        this.start(work).then(resolve, reject);
      });
    });
  }

  private async start<T>(work: () => Promise<T>): Promise<T> {
    this.running += 1;
    try {
      return await work();
    } finally {
      this.running -= 1;
      (this.preferred.next() ?? this.others.next())?.();
    }
  }
}

/** Jobs by key; a key that was served goes behind the others. */
class Turns {
  size = 0;
  private readonly byKey = new Map<string, Job[]>();

  constructor(private readonly limits: QueueLimits) {}

  hasRoomFor(key: string): boolean {
    const own = this.byKey.get(key)?.length ?? 0;
    return this.size < this.limits.waiting && own < this.limits.waitingPerKey;
  }

  add(key: string, job: Job): void {
    const jobs = this.byKey.get(key);
    if (jobs) jobs.push(job);
    else this.byKey.set(key, [job]);
    this.size += 1;
  }

  next(): Job | undefined {
    const first = this.byKey.entries().next().value;
    if (!first) return undefined;
    const [key, jobs] = first;
    const job = jobs.shift();
    this.byKey.delete(key);
    if (jobs.length > 0) this.byKey.set(key, jobs);
    this.size -= 1;
    return job;
  }
}
