/** The requests that may be refused under load; all others are always processed. */
export type SheddableRoute = 'login' | 'check' | 'download' | 'status';

/** Share of the limit above which devices are asked to retry later and the first logins are refused. */
export const BUSY = 0.5;

/**
 * The pressure at which the first requests are refused, and the additional pressure at which all are. A login costs as
 * much as hundreds of checks, so no check is refused while logins are accepted. A check can be repeated; the data in a
 * report would be lost.
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

/** Returns how close the server is to its limits; 1 means that one is reached. */
export function pressureOf(load: readonly { readonly value: number; readonly limit: number }[]): number {
  return Math.max(0, ...load.map(({ value, limit }) => value / limit));
}

/** Seconds after which a device should retry; null while there is no need. Randomized, so that the load is spread. */
export function retryAfter(pressure: number, random: () => number): number | null {
  return pressure < BUSY ? null : 10 + Math.floor(random() * 111);
}

/** The median of an odd number of samples, so that one long pause does not count as overload. */
export function median(samples: readonly number[]): number {
  return samples.toSorted((a, b) => a - b)[Math.floor(samples.length / 2)] ?? 0;
}
