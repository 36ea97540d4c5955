import type { SimulatedDevice } from '../simulate/device.js';

interface Seen {
  readonly version: string;
  readonly error: string | null;
}

interface Wait {
  readonly isOver: () => boolean;
  readonly resolve: () => void;
}

/** Prints what happens to the devices, and resolves when all of them run a version. */
export class Spectator {
  private readonly begin = performance.now();
  private readonly seen = new Map<number, Seen>();
  private waits: readonly Wait[] = [];

  constructor(private readonly say: (text: string) => void) {}

  /** Call this whenever the activity of a device changes. */
  watch({ id, version, activity, lastError }: SimulatedDevice): void {
    const before = this.seen.get(id);
    this.seen.set(id, { version, error: lastError });
    if (activity === 'downloading') this.tell(id, 'downloads the update');
    if (before && before.version !== version) this.tell(id, `rebooted and runs ${version}`);
    if (lastError !== null && before?.error !== lastError) this.tell(id, `failed: ${lastError}`);
    this.waits = this.waits.filter(({ isOver, resolve }) => {
      if (!isOver()) return true;
      resolve();
      return false;
    });
  }

  /** Resolves when all devices run the version and have finished their reports. */
  everyDeviceRuns(fleet: readonly SimulatedDevice[], version: string): Promise<void> {
    const isOver = (): boolean =>
      fleet.every((device) => device.version === version && device.activity === 'waiting');
    return new Promise((resolve) => {
      this.waits = [...this.waits, { isOver, resolve }];
    });
  }

  private tell(id: number, what: string): void {
    const seconds = ((performance.now() - this.begin) / 1000).toFixed(1).padStart(5);
    this.say(`${seconds} s  device ${String(id).padStart(2)} ${what}`);
  }
}
