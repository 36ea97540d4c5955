import type { ReportedFacts } from './device-facts.js';

/**
 * A number that tells the facts of two checks apart, so that only the number need be remembered. Attributes that are
 * numbers count by their names alone: how much memory is free changes with each check.
 */
export function factsDigest(facts: ReportedFacts): number {
  const { elfSha256 = '', bootId = '', checkInterval = '', acceptsDowngrade = '', attributes } = facts;
  let digest = hash(`${elfSha256}|${bootId}|${checkInterval}|${acceptsDowngrade}`, 0);
  if (attributes === undefined) return digest;
  for (const [key, value] of attributes) {
    digest = hash(key, digest);
    digest = hash(typeof value === 'number' ? '#' : `=${value}`, digest);
  }
  return digest;
}

/** FNV-1a over UTF-16 units, in 32 bits with a sign. Nobody gains by two texts of the same number. */
function hash(text: string, seed: number): number {
  let digest = seed ^ 0x811c9dc5;
  for (let index = 0; index < text.length; index++)
    digest = Math.imul(digest ^ text.charCodeAt(index), 0x01000193);
  return digest;
}
