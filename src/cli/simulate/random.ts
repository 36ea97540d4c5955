/** Returns a number from 0 (inclusive) to 1 (exclusive). */
export type Random = () => number;

/**
 * Returns the same numbers for the same seeds. Good enough for the fates of devices, but not for secrets: it applies the
 * mixing function of MurmurHash3 (fmix32) to a Weyl sequence.
 */
export function seededRandom(...seeds: readonly number[]): Random {
  let state = seeds.reduce(
    (hash, seed) => mix(hash ^ mix(seed >>> 0) ^ mix(Math.floor(seed / 2 ** 32))),
    0x9e3779b9,
  );
  return () => {
    state = (state + 0x9e3779b9) | 0;
    return mix(state) / 2 ** 32;
  };
}

/** @returns an unsigned 32-bit number */
function mix(value: number): number {
  let h = value | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
