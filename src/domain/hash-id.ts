const HIGH = 2 ** 32;

/**
 * Spreads ids over 32 bits. Devices choose their ids: with a secret seed nobody can choose many that fall together.
 * @param id a whole number of up to 53 bits
 */
export function hashId(id: number, seed: number): number {
  let hash = Math.imul(id ^ seed, 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13) ^ Math.floor(id / HIGH), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
