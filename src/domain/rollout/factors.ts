import { logE } from './evidence.js';

/** What is known of a device that was offered a firmware, and how it ended. */
export interface DeviceWithFacts {
  /** A dimension such as an attribute or `tag`, and its value; a dimension may have several. */
  readonly facts: readonly (readonly [dimension: string, value: string])[];
  /** Failed or silent. */
  readonly isBad: boolean;
}

/** Devices that have one fact in common. */
export interface Factor {
  readonly dimension: string;
  readonly value: string;
  readonly failed: number;
  readonly offered: number;
}

/** Counts the devices that share a fact, for each fact that a failed one has. */
export function factorsOf(devices: Iterable<DeviceWithFacts>): Factor[] {
  const counts = new Map<string, { dimension: string; value: string; failed: number; offered: number }>();
  for (const { facts, isBad } of devices) {
    for (const [dimension, value] of facts) {
      const key = JSON.stringify([dimension, value]);
      const factor = counts.get(key) ?? { dimension, value, failed: 0, offered: 0 };
      factor.offered += 1;
      if (isBad) factor.failed += 1;
      counts.set(key, factor);
    }
  }
  return [...counts.values()].filter(({ failed }) => failed > 0);
}

/** A value of which every device has its own, such as free_heap, would make as many factors as there are devices. */
const MAX_FACTORS = 50;

/**
 * What the failed devices have in common, the guilty fact first: the one with the most evidence that more than p0 of its
 * devices fail.
 */
export function guiltyFirst(factors: readonly Factor[], p0: number): Factor[] {
  return factors
    .map((factor) => ({ factor, evidence: logE(factor.offered, factor.failed, p0) }))
    .sort((a, b) => b.evidence - a.evidence || byName(a.factor, b.factor))
    .slice(0, MAX_FACTORS)
    .map(({ factor }) => factor);
}

const byName = (a: Factor, b: Factor): number =>
  compareText(a.dimension, b.dimension) || compareText(a.value, b.value);

/** By code units: the same on every server, whatever its locale. */
const compareText = (a: string, b: string): number => (a < b ? -1 : Number(a > b));
