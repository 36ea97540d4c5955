import { compareVersions, type FirmwareVersion } from './firmware-version.js';

/** What the decision has to know of a release; `floor` is its min_current_version. */
export interface ReleaseCandidate {
  readonly version: FirmwareVersion;
  readonly build: number;
  readonly floor: FirmwareVersion | null;
  /** Whether a device whose version cannot be ordered may be offered it. */
  readonly offerToUnparsable: boolean;
}

/** The same for all devices of a type: what a device runs decides, so a decision holds for all that run the same. */
export interface SharedPlan<R extends ReleaseCandidate> {
  readonly kind: 'shared';
  /** Newest first. */
  readonly releases: readonly R[];
}

/** What the devices of one type may be offered. A plan that is personal would be of another kind. */
export type ReleasePlan<R extends ReleaseCandidate> = SharedPlan<R>;

/** @param releases active and stable releases of one device type, in any order */
export function sharedPlan<R extends ReleaseCandidate>(releases: readonly R[]): SharedPlan<R> {
  return { kind: 'shared', releases: releases.toSorted((a, b) => compareReleases(b, a)) };
}

type Orderable = Pick<ReleaseCandidate, 'version' | 'build'>;

/** By version, then by build number; above 0 when `a` is newer. */
export function compareReleases(a: Orderable, b: Orderable): number {
  return compareVersions(a.version, b.version) || a.build - b.build;
}
