import type { DeviceState } from '../domain/rollout/device-events.js';
import { KnownOffers } from './known-offers.js';
import type { RememberedOffer } from './record/rollout-device.repository.js';

const [ROLLOUT, OTHER] = [7, 8];

const offer = (seq: number, more: Partial<RememberedOffer> = {}): RememberedOffer => ({
  rolloutId: ROLLOUT,
  deviceId: 100 + seq,
  seq,
  state: 'pending',
  attempts: 0,
  isInstalling: false,
  bootIds: [],
  ...more,
});

const upTo = (offers: KnownOffers): number | undefined => offers.readUpTo([ROLLOUT]).get(ROLLOUT);

describe('the offers that are known', () => {
  it('are those of the device and the rollout', () => {
    const offers = new KnownOffers();
    offers.remember(offer(1, { attempts: 2 }));
    expect(offers.find(ROLLOUT, 101, undefined)).toEqual({
      state: 'pending',
      attempts: 2,
      hasReturned: false,
    });
    expect(offers.find(ROLLOUT, 102, undefined)).toBeNull();
    expect(offers.find(OTHER, 101, undefined)).toBeNull();
  });

  it('end when they are confirmed', () => {
    const offers = new KnownOffers();
    offers.remember(offer(1));
    offers.remember(offer(1, { state: 'confirmed' }));
    expect(offers.find(ROLLOUT, 101, undefined)).toBeNull();
    // One that was not known to begin with.
    offers.remember(offer(2, { rolloutId: OTHER, state: 'confirmed' }));
    expect(offers.find(OTHER, 102, undefined)).toBeNull();
  });

  it.each<[string, DeviceState, Partial<RememberedOffer>, number | undefined, boolean]>([
    ['has a boot id that it had before it installed', 'pending', { bootIds: [1, 2] }, 2, false],
    ['has another boot id', 'pending', { bootIds: [1, 2] }, 3, true],
    ['has another boot id after it fell silent', 'silent', { bootIds: [1] }, 3, true],
    ['does not say its boot id', 'pending', { bootIds: [1] }, undefined, false],
    ['never said its boot id before', 'pending', { bootIds: [] }, 3, false],
    ['has not begun to install', 'pending', { bootIds: [1], isInstalling: false }, 3, false],
    ['is counted already', 'failed', { bootIds: [1] }, 3, false],
    ['was given up', 'released', { bootIds: [1] }, 3, false],
  ])(
    'know whether a device came back without the firmware: it %s',
    (_what, state, more, bootId, hasReturned) => {
      const offers = new KnownOffers();
      offers.remember(offer(1, { state, isInstalling: true, ...more }));
      expect(offers.find(ROLLOUT, 101, bootId)).toEqual({ state, attempts: 0, hasReturned });
    },
  );

  it('say up to which one all were read', () => {
    const offers = new KnownOffers();
    expect(upTo(offers)).toBe(0);
    offers.add([offer(2), offer(1)], offers.edition);
    expect(upTo(offers)).toBe(2);
    offers.add([], offers.edition);
    expect(upTo(offers)).toBe(2);
  });

  it('are read on from there, when one behind it was made by this process', () => {
    const offers = new KnownOffers();
    offers.add([offer(1)], offers.edition);
    offers.remember(offer(3));
    expect(upTo(offers)).toBe(1);
  });

  it('are read on from there, when the last was confirmed', () => {
    const offers = new KnownOffers();
    offers.add([offer(1), offer(2)], offers.edition);
    offers.remember(offer(2, { state: 'confirmed' }));
    expect(upTo(offers)).toBe(2);
  });

  it.each<[string, (offers: KnownOffers) => void]>([
    [
      'of all rollouts',
      (offers) => {
        offers.forgetAll();
      },
    ],
    [
      'of the rollout',
      (offers) => {
        offers.forget(ROLLOUT);
      },
    ],
    [
      'of rollouts that nobody asks about',
      (offers) => {
        offers.keep(new Set([OTHER]));
      },
    ],
  ])(
    'are all read anew when those %s were forgotten, also by a read that was under way',
    (_which, forget) => {
      const offers = new KnownOffers();
      offers.add([offer(1)], offers.edition);
      const { edition } = offers;
      forget(offers);
      expect(offers.find(ROLLOUT, 101, undefined)).toBeNull();
      offers.add([offer(2)], edition);
      expect(offers.find(ROLLOUT, 102, undefined)).not.toBeNull();
      expect(upTo(offers)).toBe(0);
    },
  );

  it('stay known while their rollout is asked about', () => {
    const offers = new KnownOffers();
    offers.add([offer(1)], offers.edition);
    offers.keep(new Set([ROLLOUT]));
    expect(upTo(offers)).toBe(1);
  });
});
