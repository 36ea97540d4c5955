/** What may be refused under load; what is not named is always tried. */
export type SheddableRoute = 'login' | 'check' | 'download' | 'status';

/** Of its limit; beyond, devices are asked to spread out and the first logins are refused. */
export const BUSY = 0.5;

/**
 * Pressure at which the first are refused, and by how much more all are. A login costs as much as hundreds of checks: no
 * check is refused while a login is taken. A check can come again; a report carries what would be lost.
 */
const SHED: Readonly<Record<SheddableRoute, { readonly from: number; readonly within: number }>> = {
  login: { from: BUSY, within: 0.5 },
  check: { from: 1, within: 1 },
  download: { from: 1.5, within: 1 },
  status: { from: 2, within: 1 },
};
/** The share of requests to refuse, 0..1. */
export function shedShare(route: SheddableRoute, pressure: number): number {
  const { from, within } = SHED[route];
  return Math.min(1, Math.max(0, (pressure - from) / within));
}

export const isSheddable = (route: string): route is SheddableRoute => Object.hasOwn(SHED, route);

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
