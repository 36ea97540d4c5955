import {
  drawFailure,
  drawTraits,
  isUnlucky,
  type BadLuck,
  type DrawnAttribute,
  type Failure,
  type PowerCut,
  type Shares,
  type Traits,
} from './fate.js';
import { seededRandom, type Random } from './random.js';

/** The offer in a response to a check. */
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
  /** There was no valid response. */
  | { readonly kind: 'lost' };

/** The result of a download; the error says what was wrong with it. */
export interface Download {
  readonly bytes: number;
  readonly error: string | null;
}

export type Activity = 'waiting' | 'checking' | 'downloading' | 'reporting' | 'rebooting' | 'dead' | 'off';

/** The environment of a device: the server, time and observers. After the simulation ends, every call throws WorldEnded. */
export interface World {
  check(device: SimulatedDevice): Promise<CheckAnswer>;
  /** @param stopAfter number of bytes after which the connection is lost; null: never */
  download(device: SimulatedDevice, offer: Offer, stopAfter: number | null): Promise<Download>;
  /** A report that cannot be sent is dropped, because reports must not block an update. */
  report(device: SimulatedDevice, report: Report): Promise<void>;
  sleep(milliseconds: number): Promise<void>;
  changed(device: SimulatedDevice): void;
  /** A device begins to run a new image. @returns how many of the fleet did before */
  countInstall(): number;
  /** Since the simulation began. */
  elapsedMs(): number;
}

/** What happens to the devices of a fleet. */
export interface Fates {
  readonly shares: Shares;
  readonly badLuck: BadLuck;
  readonly powerCut: PowerCut | null;
  readonly attributes: readonly DrawnAttribute[];
  readonly acceptsDowngrade: boolean;
}

export const NO_BAD_LUCK: BadLuck = { only: null, afterInstalls: 0, returnAfterMs: null };

/** Of a fleet that nothing happens to. */
export const PEACEFUL: Fates = {
  shares: { failureRate: 0, slow: 0, noReport: 0, brick: 0, rollBack: 0 },
  badLuck: NO_BAD_LUCK,
  powerCut: null,
  attributes: [],
  acceptsDowngrade: false,
};

/** Thrown to devices when the simulation is over. */
export class WorldEnded extends Error {}

export interface Timing {
  /** Time between two checks of a device; the first check comes at a random time within it. */
  readonly intervalMs: number;
  readonly rebootMs: number;
}

/** The id of a device and what it runs at the start. */
export interface Unit {
  readonly id: number;
  readonly version: string;
  readonly build: number;
}

/** Checks are shifted by up to this share of the interval, so that the fleet does not synchronize. */
const JITTER = 0.1;

/** A device that behaves like the ESP32 component. Its fate depends only on the seed and its id. */
export class SimulatedDevice {
  readonly id: number;
  readonly traits: Traits;
  version: string;
  build: number;
  activity: Activity = 'waiting';
  /** Why the last attempt failed; null if it did not fail. */
  lastError: string | null = null;
  /** Made anew at each boot, as the component does. */
  bootId: number;
  private boots = 0;
  private attempts = 0;
  private readonly pauses: Random;

  constructor(
    unit: Unit,
    private readonly seed: number,
    readonly fates: Fates,
    readonly timing: Timing,
  ) {
    this.id = unit.id;
    this.version = unit.version;
    this.build = unit.build;
    const { shares, powerCut, attributes } = fates;
    this.traits = drawTraits(seededRandom(seed, unit.id), shares, powerCut, attributes);
    this.bootId = this.drawBootId();
    this.pauses = seededRandom(seed, unit.id, -1);
  }

  /**
   * Runs until the simulation ends.
   * @param staysOn false: runs only until a check finds no update
   */
  async run(world: World, staysOn: boolean): Promise<void> {
    try {
      await this.rest(world, 'waiting', this.pauses() * this.timing.intervalMs);
      for (;;) {
        const hasRebooted = await this.checkAndUpdate(world, staysOn);
        if (hasRebooted === null) break;
        // A new image checks again as soon as it runs.
        if (!hasRebooted) await this.rest(world, 'waiting', this.pauseUntilNextCheck());
      }
    } catch (error) {
      if (!(error instanceof WorldEnded)) throw error;
    }
    if (this.activity !== 'dead') this.become(world, 'off');
  }

  /** @returns whether it now runs a new image; null if the device is to be switched off */
  private async checkAndUpdate(world: World, staysOn: boolean): Promise<boolean | null> {
    this.become(world, 'checking');
    const answer = await world.check(this);
    if (answer.kind === 'offer') return this.update(world, answer.offer);
    return answer.kind === 'none' && !staysOn ? null : false;
  }

  /** @returns whether it now runs the new image; null if it is dead for good */
  private async update(world: World, offer: Offer): Promise<boolean | null> {
    const failure = drawFailure(seededRandom(this.seed, this.id, ++this.attempts), this.fates.shares);
    const { bytes, error } = await this.fetch(world, offer, failure);
    if (error !== null) return this.fail(world, offer, bytes, error);

    await this.report(world, { firmwareId: offer.firmwareId, status: 'installing', bytesDownloaded: bytes });
    await this.rest(world, 'rebooting', this.timing.rebootMs);
    const { badLuck } = this.fates;
    const end = isUnlucky(this.traits, badLuck, world.countInstall()) ? this.traits.badEnd : null;
    if (end === 'brick') return this.die(world);
    this.bootId = this.drawBootId();
    if (failure?.stage === 'boot' || end === 'roll_back') {
      return this.fail(world, offer, bytes, 'simulated: the new image did not start and was rolled back');
    }
    this.version = offer.version;
    this.build = offer.build;
    this.lastError = null;
    await this.report(world, { firmwareId: offer.firmwareId, status: 'success', bytesDownloaded: bytes });
    return true;
  }

  /** The new image leaves it without a word. @returns false when it runs its old one again */
  private async die(world: World): Promise<false | null> {
    this.lastError = 'simulated: the new image left the device dead';
    const { returnAfterMs } = this.fates.badLuck;
    this.become(world, 'dead');
    if (returnAfterMs === null) return null;
    await world.sleep(returnAfterMs);
    this.bootId = this.drawBootId();
    return false;
  }

  private async fetch(world: World, offer: Offer, failure: Failure | null): Promise<Download> {
    await this.report(world, { firmwareId: offer.firmwareId, status: 'downloading', bytesDownloaded: 0 });
    this.become(world, 'downloading');
    const stopAfter = failure?.stage === 'download' ? Math.floor(failure.after * offer.fileSize) : null;
    const download = await world.download(this, offer, stopAfter);
    if (download.error !== null || failure === null || failure.stage === 'boot') return download;
    const error =
      failure.stage === 'verify'
        ? 'simulated: the hash of the flash contents differs from the offer'
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
    const { powerCut } = this.fates;
    const now = world.elapsedMs();
    if (!powerCut || !this.traits.losesPower || now < powerCut.beginMs || now >= powerCut.endMs) return;
    this.become(world, 'dead');
    await world.sleep(powerCut.endMs - now);
    this.bootId = this.drawBootId();
  }

  private drawBootId(): number {
    return Math.floor(seededRandom(this.seed, this.id, -2, ++this.boots)() * 2 ** 32);
  }

  private pauseUntilNextCheck(): number {
    return this.timing.intervalMs * (1 + JITTER * (2 * this.pauses() - 1));
  }

  private become(world: World, activity: Activity): void {
    this.activity = activity;
    world.changed(this);
  }
}
