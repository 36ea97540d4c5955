import { drawFailure, drawTraits, type Failure, type Shares, type Traits } from './fate.js';
import { seededRandom, type Random } from './random.js';

/** What a check offers. */
export interface Offer {
  readonly firmwareId: number;
  readonly version: string;
  readonly build: number;
  readonly downloadUrl: string;
  /** SHA-256, lower-case hex. */
  readonly fileHash: string;
  /** Bytes. */
  readonly fileSize: number;
}

export type ReportedStatus = 'downloading' | 'installing' | 'success' | 'failed';

export interface Report {
  readonly firmwareId: number;
  readonly status: ReportedStatus;
  readonly bytesDownloaded: number;
  readonly errorMessage?: string;
}

export type CheckAnswer =
  | { readonly kind: 'offer'; readonly offer: Offer }
  | { readonly kind: 'none'; readonly reason: string }
  /** Nobody answered, or not as an OTA server does. */
  | { readonly kind: 'lost' };

/** What came of a download: all is well, or what is wrong with what came. */
export interface Download {
  readonly bytes: number;
  readonly error: string | null;
}

export type Activity = 'waiting' | 'checking' | 'downloading' | 'reporting' | 'rebooting' | 'off';

/** All that a device has to do with: the server, time, and whoever watches. Once it has ended, all throws WorldEnded. */
export interface World {
  check(device: SimulatedDevice): Promise<CheckAnswer>;
  /** @param stopAfter bytes after which the connection is lost; null: never */
  download(device: SimulatedDevice, offer: Offer, stopAfter: number | null): Promise<Download>;
  /** What cannot be sent is given up: reports never stop an update. */
  report(device: SimulatedDevice, report: Report): Promise<void>;
  sleep(milliseconds: number): Promise<void>;
  changed(device: SimulatedDevice): void;
}

/** Thrown to devices when the simulation is over. */
export class WorldEnded extends Error {}

export interface Timing {
  /** Between two checks of a device; the first one comes at any time within it. */
  readonly intervalMs: number;
  readonly rebootMs: number;
}

/** What a device is called and runs when it is switched on. */
export interface Unit {
  readonly id: number;
  readonly version: string;
  readonly build: number;
}

/** Checks come this much before or after the interval, so that a fleet does not fall into step. */
const JITTER = 0.1;

/** One device, doing what the ESP32 component does. What befalls it depends on the seed and its id alone. */
export class SimulatedDevice {
  readonly id: number;
  readonly traits: Traits;
  version: string;
  build: number;
  activity: Activity = 'waiting';
  /** Why its last attempt failed; null when it did not. */
  lastError: string | null = null;
  private attempts = 0;
  private readonly pauses: Random;

  constructor(
    unit: Unit,
    private readonly seed: number,
    private readonly shares: Shares,
    private readonly timing: Timing,
  ) {
    this.id = unit.id;
    this.version = unit.version;
    this.build = unit.build;
    this.traits = drawTraits(seededRandom(seed, unit.id), shares);
    this.pauses = seededRandom(seed, unit.id, -1);
  }

  /**
   * Lives until the world ends.
   * @param staysOn false: only until a check is answered that there is nothing newer
   */
  async run(world: World, staysOn: boolean): Promise<void> {
    try {
      await this.rest(world, 'waiting', this.pauses() * this.timing.intervalMs);
      for (;;) {
        const hasRebooted = await this.checkAndUpdate(world, staysOn);
        if (hasRebooted === null) break;
        // A new image asks again as soon as it runs.
        if (!hasRebooted) await this.rest(world, 'waiting', this.pauseUntilNextCheck());
      }
    } catch (error) {
      if (!(error instanceof WorldEnded)) throw error;
    }
    this.become(world, 'off');
  }

  /** @returns whether it runs a new image since; null when there is no reason to stay on */
  private async checkAndUpdate(world: World, staysOn: boolean): Promise<boolean | null> {
    this.become(world, 'checking');
    const answer = await world.check(this);
    if (answer.kind === 'offer') return this.update(world, answer.offer);
    return answer.kind === 'none' && !staysOn ? null : false;
  }

  /** @returns whether it runs the new image */
  private async update(world: World, offer: Offer): Promise<boolean> {
    const failure = drawFailure(seededRandom(this.seed, this.id, ++this.attempts), this.shares);
    const { bytes, error } = await this.fetch(world, offer, failure);
    if (error !== null) return this.fail(world, offer, bytes, error);

    await this.report(world, { firmwareId: offer.firmwareId, status: 'installing', bytesDownloaded: bytes });
    await this.rest(world, 'rebooting', this.timing.rebootMs);
    if (failure?.stage === 'boot') {
      return this.fail(world, offer, bytes, 'simulated: the new image did not start and was rolled back');
    }
    this.version = offer.version;
    this.build = offer.build;
    this.lastError = null;
    await this.report(world, { firmwareId: offer.firmwareId, status: 'success', bytesDownloaded: bytes });
    return true;
  }

  private async fetch(world: World, offer: Offer, failure: Failure | null): Promise<Download> {
    await this.report(world, { firmwareId: offer.firmwareId, status: 'downloading', bytesDownloaded: 0 });
    this.become(world, 'downloading');
    const stopAfter = failure?.stage === 'download' ? Math.floor(failure.after * offer.fileSize) : null;
    const download = await world.download(this, offer, stopAfter);
    if (download.error !== null || failure === null || failure.stage === 'boot') return download;
    const error =
      failure.stage === 'verify'
        ? 'simulated: what is in flash has not the hash of the offer'
        : `simulated: the connection was lost after ${download.bytes} bytes`;
    return { ...download, error };
  }

  private async fail(world: World, offer: Offer, bytes: number, error: string): Promise<false> {
    this.lastError = error;
    const report = { firmwareId: offer.firmwareId, status: 'failed', bytesDownloaded: bytes } as const;
    await this.report(world, { ...report, errorMessage: error });
    return false;
  }

  private async report(world: World, report: Report): Promise<void> {
    if (!this.traits.reports) return;
    this.become(world, 'reporting');
    await world.report(this, report);
  }

  private async rest(world: World, activity: Activity, milliseconds: number): Promise<void> {
    this.become(world, activity);
    await world.sleep(milliseconds);
  }

  private pauseUntilNextCheck(): number {
    return this.timing.intervalMs * (1 + JITTER * (2 * this.pauses() - 1));
  }

  private become(world: World, activity: Activity): void {
    this.activity = activity;
    world.changed(this);
  }
}
