import { VirtualRollout } from './virtual-rollout.js';

/** A pseudo-random number from 0 to below 1; the same seed gives the same numbers. mulberry32. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** In which order results arrive: which of the pending devices is heard next. */
export type DelayLaw = (pending: readonly Fated[], random: () => number) => number;
export interface Fated {
  readonly seq: number;
  readonly fails: boolean;
}

export const DELAY_LAWS: Readonly<Record<string, DelayLaw>> = {
  'in the order of the offers': () => 0,
  'in any order': (pending, random) => Math.floor(random() * pending.length),
  'the last one first': (pending) => pending.length - 1,
  'failures first': (pending) =>
    Math.max(
      0,
      pending.findIndex(({ fails }) => fails),
    ),
  'failures last': (pending) =>
    Math.max(
      0,
      pending.findIndex(({ fails }) => !fails),
    ),
};

/**
 * Offers the firmware to devices that fail with a probability, one result after the other.
 * @returns the rollout when all are offered and heard of, or when it has halted
 */
export function runToTheEnd(
  rollout: VirtualRollout,
  rateOf: (seq: number) => number,
  law: DelayLaw,
  random: () => number,
): VirtualRollout {
  const { targetSize } = rollout.constants;
  const pending: Fated[] = [];
  while (!rollout.halt) {
    const offered = rollout.counters.offered < targetSize ? rollout.offer(0) : null;
    if (offered) {
      pending.push({ seq: offered.seq, fails: random() < rateOf(offered.seq) });
      continue;
    }
    const [next] = pending.splice(law(pending, random), 1);
    if (!next) break;
    rollout.apply(
      next.seq,
      next.fails ? { kind: 'failed', failure: 'after_install' } : { kind: 'success', at: 1 },
    );
  }
  return rollout;
}
