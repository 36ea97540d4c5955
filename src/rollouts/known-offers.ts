import type { KnownOffer } from '../domain/rollout/standing.js';
import type { RememberedOffer } from './record/rollout-device.repository.js';

/** The number of what is no offer of the rollout: the firmware had failed on the device before. */
export const EARLIER = 0;

/**
 * The offers of rollouts that are not confirmed, as far as this process has heard: every check of such a device is
 * answered without the database. There are few of them: what may be pending is bounded, and what failed ends a rollout.
 */
export class KnownOffers {
  /** By device, then by rollout: most devices that check have none. */
  private readonly offers = new Map<number, Map<number, RememberedOffer>>();
  /** The number of the offer up to which all of a rollout were read. */
  private readonly upTo = new Map<number, number>();
  /** Counts what was forgotten: a read that was begun before knows nothing of offers that are missing since. */
  edition = 0;

  /** The number of the offer up to which all of each of these rollouts were read; 0: none. */
  readUpTo(rolloutIds: readonly number[]): Map<number, number> {
    return new Map(rolloutIds.map((id) => [id, this.upTo.get(id) ?? 0]));
  }

  /** All that were made after those that were read before. @param edition as it was when the read began */
  add(offers: readonly RememberedOffer[], edition: number): void {
    for (const offer of offers) {
      this.remember(offer);
      if (edition === this.edition)
        this.upTo.set(offer.rolloutId, Math.max(this.upTo.get(offer.rolloutId) ?? 0, offer.seq));
    }
  }

  remember(offer: RememberedOffer): void {
    const { rolloutId, deviceId } = offer;
    if (offer.state === 'confirmed') {
      this.drop(rolloutId, deviceId);
      return;
    }
    const ofDevice = this.offers.get(deviceId);
    if (ofDevice) ofDevice.set(rolloutId, offer);
    else this.offers.set(deviceId, new Map([[rolloutId, offer]]));
  }

  /** Whether it has failed with the firmware before any offer is asked of the database again. */
  forgetEarlierFailure(rolloutId: number, deviceId: number): void {
    if (this.offers.get(deviceId)?.get(rolloutId)?.seq === EARLIER) this.drop(rolloutId, deviceId);
  }

  /** Only these rollouts are asked about from now on. */
  keep(rolloutIds: ReadonlySet<number>): void {
    const known = new Set(this.upTo.keys());
    for (const ofDevice of this.offers.values()) for (const id of ofDevice.keys()) known.add(id);
    for (const id of known) if (!rolloutIds.has(id)) this.forget(id);
  }

  /** Nobody knows what has become of them: they are read anew. */
  forget(rolloutId: number): void {
    for (const deviceId of this.offers.keys()) this.drop(rolloutId, deviceId);
    this.upTo.delete(rolloutId);
    this.edition += 1;
  }

  forgetAll(): void {
    this.offers.clear();
    this.upTo.clear();
    this.edition += 1;
  }

  /** Whether any rollout has offered the device its firmware. */
  hasAny(deviceId: number): boolean {
    return this.offers.has(deviceId);
  }

  /** @param bootId of the check; undefined: the device does not say */
  find(rolloutId: number, deviceId: number, bootId: number | undefined): KnownOffer | null {
    const offer = this.offers.get(deviceId)?.get(rolloutId);
    if (!offer) return null;
    const { state, attempts, isInstalling, bootIds } = offer;
    const isOpen = state === 'pending' || state === 'silent';
    const hasReturned =
      isOpen && isInstalling && bootId !== undefined && bootIds.length > 0 && !bootIds.includes(bootId);
    return { state, attempts, hasReturned };
  }

  private drop(rolloutId: number, deviceId: number): void {
    const ofDevice = this.offers.get(deviceId);
    if (ofDevice?.delete(rolloutId) && ofDevice.size === 0) this.offers.delete(deviceId);
  }
}
