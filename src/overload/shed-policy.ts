/** What may be refused under load; what is not named is always tried. */
export type SheddableRoute = 'check' | 'download' | 'status';

/** Pressure from which on some are refused: a check can come again, a report carries what would be lost. */
const FROM: Readonly<Record<SheddableRoute, number>> = { check: 1, download: 1.5, status: 2 };
/** Of its limit; beyond, devices are asked to spread out. */
const BUSY = 0.5;

/** The share of requests to refuse, 0..1. It grows from none to all within one more times the limit. */
export function shedShare(route: SheddableRoute, pressure: number): number {
  return Math.min(1, Math.max(0, pressure - FROM[route]));
}

/** How near the server is to its limits; 1 is at one of them. */
export function pressureOf(load: readonly { readonly value: number; readonly limit: number }[]): number {
  return Math.max(0, ...load.map(({ value, limit }) => value / limit));
}

/** Seconds that a device is asked to stay away; null while there is no need. Spread out, so that it helps. */
export function retryAfter(pressure: number, random: () => number): number | null {
  return pressure < BUSY ? null : 10 + Math.floor(random() * 111);
}

/** Of an odd number of samples. One long pause is no overload, so it does not count. */
export function median(samples: readonly number[]): number {
  return samples.toSorted((a, b) => a - b)[Math.floor(samples.length / 2)] ?? 0;
}
