import type { Standing } from './device-access.js';
import type { DeviceFacts } from './device-facts.js';
import { compareVersions } from './firmware-version.js';
import { compareReleases, type ReleaseCandidate, type ReleasePlan } from './release-plan.js';

/** Why a check is answered without an update. Wire names. */
export const NO_UPDATE_REASONS = [
  'up_to_date',
  'no_release',
  'below_min_current_version',
  'unparsable_current_version',
  'update_loop',
  'device_blocked',
  'device_pending',
] as const;
export type NoUpdateReason = (typeof NO_UPDATE_REASONS)[number];

/**
 * How often a device may report that it installed one firmware and be offered the same one again. A device that goes on
 * after that would install it for ever: what it says of itself is not what was published.
 */
export const MAX_SUCCESSES_OF_ONE_FIRMWARE = 3;

/** Told of each release that is newer than what a device runs and that it cannot have, for those who explain a decision. */
export type PassedOver<R> = (release: R) => void;

export type UpdateDecision<R> =
  | { readonly kind: 'offer'; readonly release: R }
  | { readonly kind: 'none'; readonly reason: NoUpdateReason };

/**
 * The one rule of the whole system: the newest release that is newer than what the device runs and whose floor the
 * device meets. A device below the newest floor thus climbs in steps. A device whose version cannot be ordered is offered
 * the newest release that is marked for such devices; it meets no floor.
 */
export function decideUpdate<R extends ReleaseCandidate>(
  device: DeviceFacts,
  { releases }: ReleasePlan<R>,
  onPassedOver?: PassedOver<R>,
): UpdateDecision<R> {
  const newest = releases[0];
  if (!newest) return { kind: 'none', reason: 'no_release' };
  const { version, build } = device;
  if (!version) {
    const release = releases.find(({ offerToUnparsable, floor }) => offerToUnparsable && !floor);
    return release ? { kind: 'offer', release } : { kind: 'none', reason: 'unparsable_current_version' };
  }

  const current = { version, build };
  for (const release of releases) {
    if (compareReleases(release, current) <= 0) break;
    if (!release.floor || compareVersions(version, release.floor) >= 0) return { kind: 'offer', release };
    onPassedOver?.(release);
  }
  const somethingIsNewer = compareReleases(newest, current) > 0;
  return { kind: 'none', reason: somethingIsNewer ? 'below_min_current_version' : 'up_to_date' };
}

const without = (reason: NoUpdateReason): { readonly kind: 'none'; readonly reason: NoUpdateReason } => ({
  kind: 'none',
  reason,
});
const LOOPING = without('update_loop');
const NOT_SERVED = {
  blocked: without('device_blocked'),
  pending: without('device_pending'),
  rejected: without('device_blocked'),
};

/**
 * What becomes of a decision for one device: one that is not served is not told what it would be offered, and one that has
 * installed the same firmware again and again is not offered it any more.
 * @param isLooping whether the device has, asked of the release that the decision offers
 */
export function answerCheck<R>(
  decision: UpdateDecision<R>,
  standing: Standing,
  isLooping: (release: R) => boolean,
): UpdateDecision<R> {
  if (standing !== 'admitted') return NOT_SERVED[standing];
  return decision.kind === 'offer' && isLooping(decision.release) ? LOOPING : decision;
}
