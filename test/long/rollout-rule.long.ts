import { DEFAULT_SETTINGS, rolloutConstants } from '../../src/domain/rollout/admission.js';
import { limit } from '../../src/domain/rollout/evidence.js';
import { DELAY_LAWS, runToTheEnd, seeded } from '../support/rollout-worlds.js';
import { VirtualRollout } from '../support/virtual-rollout.js';

const rolloutOf = (targetSize: number) =>
  new VirtualRollout(rolloutConstants({ ...DEFAULT_SETTINGS, targetSize }));

/** `npm run test:long`: what rollout.spec.ts samples, with enough rollouts to see one false halt in a hundred. */
describe('a release that just meets the limit', () => {
  const laws = Object.entries(DELAY_LAWS).flatMap(([name, law]) =>
    [
      [50, 10_000],
      [500, 4_000],
      [5_000, 400],
    ].map(([size, runs]) => [size!, runs!, name, law] as const),
  );

  it.each(laws)(
    'for %d devices, in %d rollouts with results %s, is halted in at most 1 %',
    (size, runs, _, law) => {
      const random = seeded(size);
      let halted = 0;
      for (let run = 0; run < runs; run++) {
        if (runToTheEnd(rolloutOf(size), () => 0.02, law, random).halt) halted += 1;
      }
      expect(halted / runs).toBeLessThanOrEqual(0.01);
    },
  );
});

describe('the limit', () => {
  it('never falls, and rises by at most one with each device, up to 100,000', () => {
    const wrong: number[] = [];
    for (let n = 0, before = 1; n <= 100_000; n++) {
      const now = limit(n, 1 / 2, 0.02, 0.01);
      if (now !== before && now !== before + 1) wrong.push(n);
      before = now;
    }
    expect(wrong).toEqual([]);
  });
});
