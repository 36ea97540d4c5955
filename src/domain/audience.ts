import { parseVersion } from './firmware-version.js';
import { compareReleases, sharedPlan, type ReleaseCandidate } from './release-plan.js';
import { decideUpdate } from './update-decision.js';

/** Devices of one type that run the same, as they last said; null: they have not said it yet. */
export interface RunningGroup {
  readonly version: string | null;
  readonly build: number | null;
  readonly devices: number;
}

/** How many devices there are of a type, and how many of them a firmware would go to. */
export interface Audience {
  readonly devices: number;
  readonly wouldBeOffered: number;
}

/**
 * Whom a firmware would be offered to if it were stable and active: asks the update decision itself, once for each group.
 * @param releases what is offered to the type now, in any order; one that is the same as the candidate makes way for it
 */
export function audienceOf<R extends ReleaseCandidate>(
  candidate: R,
  releases: readonly R[],
  groups: readonly RunningGroup[],
): Audience {
  const others = releases.filter((release) => compareReleases(release, candidate) !== 0);
  const plan = sharedPlan([...others, candidate]);
  const isOffered = ({ version, build }: RunningGroup): boolean => {
    if (version === null || build === null) return false;
    const decision = decideUpdate({ version: parseVersion(version), build }, plan);
    return decision.kind === 'offer' && decision.release === candidate;
  };
  return { devices: sum(groups), wouldBeOffered: sum(groups.filter(isOffered)) };
}

const sum = (groups: readonly RunningGroup[]): number =>
  groups.reduce((total, { devices }) => total + devices, 0);
