import type { Standing } from './device-access.js';
import type { DeviceFacts } from './device-facts.js';
import { SECURE_VERSION } from './filter/usual-attributes.js';
import { compareVersions, type FirmwareVersion } from './firmware-version.js';
import {
  compareReleases,
  type PersonalPlan,
  type ReleaseCandidate,
  type ReleasePlan,
} from './release-plan.js';
import { WITHHELD_REASONS, type RolloutStanding } from './rollout/standing.js';

/** Why a device is not brought back to an older version by a rollout that would. Wire names. */
export const REFUSAL_REASONS = ['downgrade_not_accepted', 'below_secure_version'] as const;
export type RefusalReason = (typeof REFUSAL_REASONS)[number];

/** Why a check is answered without an update. Wire names. */
export const NO_UPDATE_REASONS = [
  'up_to_date',
  'no_release',
  'below_min_current_version',
  'unparsable_current_version',
  'update_loop',
  'device_blocked',
  'device_pending',
  ...WITHHELD_REASONS,
  ...REFUSAL_REASONS,
] as const;
export type NoUpdateReason = (typeof NO_UPDATE_REASONS)[number];

/** What a check is answered because of a rollout; only the check knows it, so that it is kept with the device. */
export const ROLLOUT_REASONS = [
  ...WITHHELD_REASONS,
  ...REFUSAL_REASONS,
  'below_min_current_version',
] as const;
export type RolloutReason = (typeof ROLLOUT_REASONS)[number];

export const isOfRollout = (reason: string): reason is RolloutReason =>
  (ROLLOUT_REASONS as readonly string[]).includes(reason);

/**
 * How often a device may report that it installed one firmware and be offered the same one again. A device that goes on
 * after that would install it for ever: what it says of itself is not what was published.
 */
export const MAX_SUCCESSES_OF_ONE_FIRMWARE = 3;

/** Told of each release that is newer than what a device runs and that it cannot have, for those who explain a decision. */
export type PassedOver<R> = (release: R) => void;

export type UpdateDecision<R> =
  | {
      readonly kind: 'offer';
      readonly release: R;
      /** The rollout that must admit the device before it is told. */
      readonly admissionTo?: number;
    }
  | Without;

interface Without {
  readonly kind: 'none';
  readonly reason: NoUpdateReason;
  /** The rollout that is why: it withholds its firmware, or would bring the device back. */
  readonly rolloutId?: number;
}

/**
 * The one rule of the whole system: the newest release that is newer than what the device runs and whose floor the
 * device meets. A device below the newest floor thus climbs in steps. A device whose version cannot be ordered is offered
 * the newest release that is marked for such devices; it meets no floor.
 *
 * Rollouts bring releases to some devices earlier than to others. One that withholds its release says so when nothing
 * else is for the device. An older release is offered only by a rollout that allows it, to a device that accepts it, and
 * only while nothing as new as what the device runs is for it: it would come back at once.
 */
export function decideUpdate<R extends ReleaseCandidate>(
  device: DeviceFacts,
  plan: ReleasePlan<R>,
  onPassedOver?: PassedOver<R>,
): UpdateDecision<R> {
  return plan.kind === 'shared'
    ? decideForAll(device, plan.releases, onPassedOver)
    : decideForOne(device, plan, onPassedOver);
}

function decideForAll<R extends ReleaseCandidate>(
  { version, build }: DeviceFacts,
  releases: readonly R[],
  onPassedOver?: PassedOver<R>,
): UpdateDecision<R> {
  const newest = releases[0];
  if (!newest) return without('no_release');
  if (!version) {
    const release = releases.find(isForUnparsable);
    return release ? offerOf(release) : without('unparsable_current_version');
  }

  const current = { version, build };
  for (const release of releases) {
    if (compareReleases(release, current) <= 0) break;
    if (!release.floor || compareVersions(version, release.floor) >= 0) return offerOf(release);
    onPassedOver?.(release);
  }
  const somethingIsNewer = compareReleases(newest, current) > 0;
  return without(somethingIsNewer ? 'below_min_current_version' : 'up_to_date');
}

function decideForOne<R extends ReleaseCandidate>(
  device: DeviceFacts,
  { releases, standingIn }: PersonalPlan<R>,
  onPassedOver?: PassedOver<R>,
): UpdateDecision<R> {
  const { version, build } = device;
  const current = version && { version, build };
  let withheld: Without | null = null;
  let refused: Without | null = null;
  let isBelowFloor = false;
  let isAnything = false;
  for (const { release, rollout } of releases) {
    const order = current ? compareReleases(release, current) : 1;
    if (order < 0 && rollout?.allowDowngrade !== true) {
      isAnything ||= rollout === null || standingIn(rollout.id) !== null;
      continue;
    }
    const refusal = order < 0 ? whyNotBack(release, device) : null;
    if (refusal !== null && rollout) {
      const standing = standingIn(rollout.id);
      isAnything ||= standing !== null;
      if (isOpen(standing)) refused ??= { kind: 'none', reason: refusal, rolloutId: rollout.id };
      continue;
    }
    const standing = rollout ? standingIn(rollout.id) : GRANTED;
    if (!standing) continue;
    isAnything = true;
    // What runs is for the device, unless its rollout was stopped.
    if (order === 0 && !(standing.kind === 'withheld' && standing.reason === 'rollout_paused')) break;
    if (order === 0) continue;
    if (order > 0 && !(version ? meetsFloor(version, release) : isForUnparsable(release))) {
      isBelowFloor = true;
      if (version) onPassedOver?.(release);
      continue;
    }
    if (standing.kind === 'granted') return offerOf(release);
    if (standing.kind === 'admission' && rollout) return { ...offerOf(release), admissionTo: rollout.id };
    if (standing.kind === 'withheld' && rollout)
      withheld ??= { kind: 'none', reason: standing.reason, rolloutId: rollout.id };
  }
  if (withheld) return withheld;
  if (!isAnything) return without('no_release');
  if (!version) return without('unparsable_current_version');
  if (isBelowFloor) return without('below_min_current_version');
  return refused ?? without('up_to_date');
}

/** It has the release for the device, now or as soon as there is room. */
const isOpen = (standing: RolloutStanding | null): boolean =>
  standing !== null && (standing.kind !== 'withheld' || standing.reason === 'rollout_waiting');

const GRANTED = { kind: 'granted' } as const;

const offerOf = <R>(release: R): { readonly kind: 'offer'; readonly release: R } => ({
  kind: 'offer',
  release,
});

const isForUnparsable = ({ offerToUnparsable, floor }: ReleaseCandidate): boolean =>
  offerToUnparsable && !floor;

const meetsFloor = (version: FirmwareVersion, { floor }: ReleaseCandidate): boolean =>
  !floor || compareVersions(version, floor) >= 0;

/**
 * Why a device cannot be brought back to a release: it refuses an image below its anti-rollback counter; one that does not
 * say it is not known to have one.
 * @returns null: it can
 */
export function whyNotBack(
  { secureVersion }: Pick<ReleaseCandidate, 'secureVersion'>,
  device: DeviceFacts,
): RefusalReason | null {
  if (device.acceptsDowngrade !== true) return 'downgrade_not_accepted';
  const own = device.attributes?.get(SECURE_VERSION);
  return (secureVersion ?? 0) >= (typeof own === 'number' ? own : 0) ? null : 'below_secure_version';
}

const without = (reason: NoUpdateReason): Without => ({ kind: 'none', reason });
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
