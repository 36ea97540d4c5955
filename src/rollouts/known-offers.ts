import type { KnownOffer } from '../domain/rollout/standing.js';
import type { RememberedOffer } from './record/rollout-device.repository.js';

/**
 * The offers of rollouts that are not confirmed, as far as this process has heard: every check of such a device is
 * answered without the database. There are few of them: what may be pending is bounded, and what failed ends a rollout.
 */
export class KnownOffers {
  private readonly offers = new Map<number, Map<number, RememberedOffer>>();

  /** The last offer of each of these rollouts that is known; 0: none. */
  lastOf(rolloutIds: readonly number[]): Map<number, number> {
    return new Map(
      rolloutIds.map((id) => {
        let last = 0;
        for (const { seq } of this.offers.get(id)?.values() ?? []) last = Math.max(last, seq);
        return [id, last];
      }),
    );
  }

  remember(offer: RememberedOffer): void {
    if (offer.state === 'confirmed') {
      this.offers.get(offer.rolloutId)?.delete(offer.deviceId);
      return;
    }
    const ofRollout = this.offers.get(offer.rolloutId);
    if (ofRollout) ofRollout.set(offer.deviceId, offer);
    else this.offers.set(offer.rolloutId, new Map([[offer.deviceId, offer]]));
  }

  /** Only these rollouts are asked about from now on. */
  keep(rolloutIds: ReadonlySet<number>): void {
    for (const id of this.offers.keys()) if (!rolloutIds.has(id)) this.offers.delete(id);
  }

  /** Nobody knows what has become of them: they are read anew. */
  forget(rolloutId: number): void {
    this.offers.delete(rolloutId);
  }

  forgetAll(): void {
    this.offers.clear();
  }

  /** @param bootId of the check; undefined: the device does not say */
  find(rolloutId: number, deviceId: number, bootId: number | undefined): KnownOffer | null {
    const offer = this.offers.get(rolloutId)?.get(deviceId);
    if (!offer) return null;
    const { state, attempts, isInstalling, bootIds } = offer;
    const isOpen = state === 'pending' || state === 'silent';
    const hasReturned =
      isOpen && isInstalling && bootId !== undefined && bootIds.length > 0 && !bootIds.includes(bootId);
    return { state, attempts, hasReturned };
  }
}
