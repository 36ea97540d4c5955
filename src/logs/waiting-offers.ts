import { Injectable } from '@nestjs/common';
import type { Offer } from './plan-attempts.js';

/** Offers of one device that are remembered; one between others of the same firmware says little. */
const MAX_OF_DEVICE = 64;

/**
 * Offers of checks that no transaction has written yet. A report that arrives meanwhile takes those of its device along,
 * so that each try gets its own attempt. Bounded by the queue of check-ins, which removes what it drops.
 */
@Injectable()
export class WaitingOffers {
  private readonly byDevice = new Map<number, Offer[]>();

  add(offer: Offer): void {
    const present = this.byDevice.get(offer.deviceId);
    if (!present) this.byDevice.set(offer.deviceId, [offer]);
    else if (present.length < MAX_OF_DEVICE) present.push(offer);
    else present[MAX_OF_DEVICE - 1] = offer;
  }

  has(deviceId: number): boolean {
    return this.byDevice.has(deviceId);
  }

  /** In the order in which they came. */
  of(deviceId: number): readonly Offer[] {
    return this.byDevice.get(deviceId) ?? [];
  }

  /** They are written. */
  settle(offers: readonly Offer[]): void {
    const written = new Set(offers);
    for (const deviceId of new Set(offers.map((offer) => offer.deviceId))) {
      const left = this.of(deviceId).filter((offer) => !written.has(offer));
      if (left.length > 0) this.byDevice.set(deviceId, left);
      else this.byDevice.delete(deviceId);
    }
  }

  drop(deviceId: number): void {
    this.byDevice.delete(deviceId);
  }
}
