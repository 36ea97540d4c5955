import type { SimulatedDevice } from '../simulate/device.js';

interface Seen {
  readonly version: string;
  readonly error: string | null;
}

interface Wait {
  readonly isOver: () => boolean;
  readonly resolve: () => void;
}

/** Tells what happens to the devices as it happens, and when all of them have got somewhere. */
export class Spectator {
  private readonly begin = performance.now();
  private readonly seen = new Map<number, Seen>();
  private waits: readonly Wait[] = [];

  constructor(private readonly say: (text: string) => void) {}

  /** Called whenever a device takes up something else. */
  watch({ id, version, activity, lastError }: SimulatedDevice): void {
    const before = this.seen.get(id);
    this.seen.set(id, { version, error: lastError });
    if (activity === 'downloading') this.tell(id, 'downloads what it was offered');
    if (before && before.version !== version) this.tell(id, `has rebooted and runs ${version}`);
    if (lastError !== null && before?.error !== lastError) this.tell(id, `has failed; ${lastError}`);
    this.waits = this.waits.filter(({ isOver, resolve }) => {
      if (!isOver()) return true;
      resolve();
      return false;
    });
  }

  /** Resolves when all run the version and have no reason to say more. */
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
