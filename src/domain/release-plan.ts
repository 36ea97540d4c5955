import { compareVersions, type FirmwareVersion } from './firmware-version.js';
import type { RolloutStanding } from './rollout/standing.js';

/** What the decision has to know of a release; `floor` is its min_current_version. */
export interface ReleaseCandidate {
  readonly version: FirmwareVersion;
  readonly build: number;
  readonly floor: FirmwareVersion | null;
  /** Whether a device whose version cannot be ordered may be offered it. */
  readonly offerToUnparsable: boolean;
  /** Of the image, for the device's anti-rollback counter. */
  readonly secureVersion?: number | null;
}

/** The same for all devices of a type: what a device runs decides, so a decision holds for all that run the same. */
export interface SharedPlan<R extends ReleaseCandidate> {
  readonly kind: 'shared';
  /** Newest first. */
  readonly releases: readonly R[];
}

/** A rollout, as far as it decides about all devices alike. */
export interface PlanningRollout {
  readonly id: number;
  readonly allowDowngrade: boolean;
  /** It is paused or has halted: what it offered is no offer any more. */
  readonly isStopped?: boolean;
}

/** A release, and the rollout that brings it to devices; null: everybody may have it. */
export interface PlannedRelease<R extends ReleaseCandidate> {
  readonly release: R;
  readonly rollout: PlanningRollout | null;
}

/** For one device at one moment, since rollouts ask which one it is. */
export interface PersonalPlan<R extends ReleaseCandidate> {
  readonly kind: 'personal';
  /** Newest first; of the same release that for everybody comes first. */
  readonly releases: readonly PlannedRelease<R>[];
  /** What a rollout has for the device; null: nothing, as if it did not exist. */
  readonly standingIn: (rolloutId: number) => RolloutStanding | null;
}

/** What the devices of one type may be offered. */
export type ReleasePlan<R extends ReleaseCandidate> = SharedPlan<R> | PersonalPlan<R>;

/** @param releases active and stable releases of one device type, in any order */
export function sharedPlan<R extends ReleaseCandidate>(releases: readonly R[]): SharedPlan<R> {
  return { kind: 'shared', releases: releases.toSorted((a, b) => compareReleases(b, a)) };
}

/** @param rollouts of the same type, in any order */
export function plannedReleases<R extends ReleaseCandidate>(
  { releases }: SharedPlan<R>,
  rollouts: readonly PlannedRelease<R>[],
): readonly PlannedRelease<R>[] {
  const forAll = releases.map((release) => ({ release, rollout: null }));
  return [...forAll, ...rollouts].sort((a, b) => compareReleases(b.release, a.release));
}

/**
 * The part of a plan that says what devices get that run this: everything that may be offered, and what the reason rests
 * on when nothing is. The decision by it is that by the whole plan.
 */
export function narrowedPlan<R extends ReleaseCandidate>(
  releases: readonly PlannedRelease<R>[],
  version: FirmwareVersion | null,
  build: number,
): readonly PlannedRelease<R>[] {
  if (!version) return releases;
  const isOlder = ({ release }: PlannedRelease<R>): boolean =>
    compareReleases(release, { version, build }) < 0;
  // With one release for everybody there is something for each device, whatever rollouts have.
  const last = releases.findLast(({ rollout }) => rollout === null);
  if (!last) return releases;
  return releases.filter((one) => one === last || one.rollout?.allowDowngrade === true || !isOlder(one));
}

type Orderable = Pick<ReleaseCandidate, 'version' | 'build'>;

/** By version, then by build number; above 0 when `a` is newer. */
export function compareReleases(a: Orderable, b: Orderable): number {
  return compareVersions(a.version, b.version) || a.build - b.build;
}
