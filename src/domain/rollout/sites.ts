import { HOUR } from './durations.js';
import type { RolloutDevice } from './device-events.js';

/** An address with a larger share of the fleet than this says nothing: it is a carrier's, or a proxy's. */
const LARGEST_SHARE = 0.2;

/**
 * The addresses that are no site, found when a rollout is made.
 * @param devices for each public address
 * @param total of the devices that have one, where only the most frequent addresses are given
 */
export function sharedAddresses(
  devices: ReadonlyMap<string, number>,
  total = [...devices.values()].reduce((sum, count) => sum + count, 0),
): ReadonlySet<string> {
  return new Set(
    [...devices].filter(([, count]) => count > total * LARGEST_SHARE).map(([address]) => address),
  );
}

/** What the tags of operators that name sites begin with: `site-munich`. */
const SITE_TAG = /^site[-._]/;

/** The tag by which operators say where a device stands; null: none. Of several the first by the alphabet. */
export const siteTagOf = (tags: readonly string[]): string | null =>
  tags.filter((tag) => SITE_TAG.test(tag)).toSorted()[0] ?? null;

/**
 * Where a device stands, so that silence that its neighbours share counts once.
 * @param tag of the operator, who knows better
 */
export function siteOf(
  tag: string | null,
  address: string | null,
  shared: ReadonlySet<string>,
): string | null {
  if (tag !== null) return `tag:${tag}`;
  return address === null || shared.has(address) ? null : `address:${address}`;
}

/** What is to be known of a device to tell whether its failure counts. */
export type PossibleFailure = Pick<RolloutDevice, 'state' | 'site' | 'installingAt'>;

/** What silence a device shares with its neighbours; null: it is not silent, or counts by itself. */
export function siteSilenceOf({ state, site, installingAt }: PossibleFailure): string | null {
  if (state !== 'silent' || site === null || installingAt === null) return null;
  return `${Math.floor(installingAt / HOUR)} ${site}`;
}

/**
 * The failures that count, k: those reported, and the silent devices, of which those of one site that began to install in
 * the same hour count once. It was probably the power. A device without a site counts by itself.
 */
export function countFailures(devices: Iterable<PossibleFailure>): number {
  let failures = 0;
  const silences = new Set<string>();
  for (const device of devices) {
    const shared = siteSilenceOf(device);
    if (shared !== null) silences.add(shared);
    else if (device.state === 'failed' || device.state === 'silent') failures += 1;
  }
  return failures + silences.size;
}
