import { WorldEnded } from './device.js';

interface Sleeper {
  readonly timer: NodeJS.Timeout;
  readonly wake: (error: WorldEnded) => void;
}

/** Runs any number of sleeps, and rejects all of them when the simulation ends. */
export class AlarmClock {
  private readonly sleepers = new Set<Sleeper>();
  private hasEnded = false;

  /** @throws WorldEnded if {@link end} was called before, or is called while it sleeps */
  sleep(milliseconds: number): Promise<void> {
    if (this.hasEnded) return Promise.reject(new WorldEnded());
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.sleepers.delete(sleeper);
        resolve();
      }, milliseconds);
      const sleeper = { timer, wake: reject };
      this.sleepers.add(sleeper);
    });
  }

  /** @throws WorldEnded after {@link end} */
  check(): void {
    if (this.hasEnded) throw new WorldEnded();
  }

  end(): void {
    this.hasEnded = true;
    for (const { timer, wake } of this.sleepers) {
      clearTimeout(timer);
      wake(new WorldEnded());
    }
    this.sleepers.clear();
  }
}
