import type { AlikeDevices } from '../alike-devices.js';
import { SECURE_VERSION } from '../filter/usual-attributes.js';
import { parseVersion } from '../firmware-version.js';
import type { PersonalPlan, PlannedRelease, ReleaseCandidate } from '../release-plan.js';
import { NO_UPDATE_REASONS, answerCheck, decideUpdate } from '../update-decision.js';
import type { RolloutStanding } from './standing.js';

/** Why a device of the type would not get the firmware from a rollout. Wire names. */
export const LEFT_OUT_REASONS = [
  'not_in_target',
  'never_checked',
  'other_release',
  ...NO_UPDATE_REASONS,
] as const;
export type LeftOutReason = (typeof LEFT_OUT_REASONS)[number];

/** Of the type of the rollout. */
export interface PreviewedDevices extends AlikeDevices {
  readonly isTargeted: boolean;
  /** It would come to them at its beginning, by its phases and windows. */
  readonly isFirst: boolean;
  /** What the other rollouts have for them, by their ids. */
  readonly standings: ReadonlyMap<number, RolloutStanding>;
}

export interface LeftOut {
  readonly reason: LeftOutReason;
  readonly count: number;
  readonly exampleIds: readonly number[];
}

export interface Preview {
  /** Devices that the rollout would offer its firmware in the end. */
  readonly matched: number;
  /** Those of them that its phases and windows let in at its beginning, as many as there are. */
  readonly first: number;
  readonly leftOut: readonly LeftOut[];
}

/** The rollout that does not exist yet; ids begin with 1. */
export const PREVIEWED = 0;
const ADMISSION: RolloutStanding = { kind: 'admission' };
const EXHAUSTED: RolloutStanding = { kind: 'withheld', reason: 'attempts_exhausted' };
const MAX_EXAMPLES = 5;

/**
 * Whom a rollout would offer its firmware, by the decision that answers checks: as if every device were admitted at once,
 * whatever the evidence, phases and windows.
 * @param releases newest first; that of this rollout has the id {@link PREVIEWED}
 */
export function previewOf<R extends ReleaseCandidate>(
  groups: Iterable<PreviewedDevices>,
  releases: readonly PlannedRelease<R>[],
): Preview {
  let [matched, first] = [0, 0];
  const leftOut = new Map<LeftOutReason, { count: number; exampleIds: number[] }>();
  for (const group of groups) {
    const reason = reasonOf(group, releases);
    if (reason === null) {
      matched += group.devices;
      if (group.isFirst) first += group.devices;
      continue;
    }
    const known = leftOut.get(reason) ?? { count: 0, exampleIds: [] };
    leftOut.set(reason, known);
    known.count += group.devices;
    known.exampleIds = [...known.exampleIds, ...group.exampleIds]
      .sort((a, b) => a - b)
      .slice(0, MAX_EXAMPLES);
  }
  return {
    matched,
    first,
    leftOut: [...leftOut]
      .map(([reason, { count, exampleIds }]) => ({ reason, count, exampleIds }))
      .sort(
        (a, b) =>
          b.count - a.count || LEFT_OUT_REASONS.indexOf(a.reason) - LEFT_OUT_REASONS.indexOf(b.reason),
      ),
  };
}

/** @returns null for devices that would be offered the firmware by this rollout */
function reasonOf<R extends ReleaseCandidate>(
  group: PreviewedDevices,
  releases: readonly PlannedRelease<R>[],
): LeftOutReason | null {
  const { version, build, standing, acceptsDowngrade, secureVersion, isTargeted, standings } = group;
  if (!isTargeted) return 'not_in_target';
  if (version === null || build === null) return 'never_checked';
  const ours = group.hasFailed ? EXHAUSTED : ADMISSION;
  const standingIn: PersonalPlan<R>['standingIn'] = (id) =>
    id === PREVIEWED ? ours : (standings.get(id) ?? null);
  const device = {
    version: parseVersion(version),
    build,
    acceptsDowngrade,
    ...(secureVersion !== null && { attributes: new Map([[SECURE_VERSION, secureVersion]]) }),
  };
  const decided = decideUpdate(device, { kind: 'personal', releases, standingIn });
  const isOurs = decided.kind === 'offer' && decided.admissionTo === PREVIEWED;
  const answer = answerCheck(decided, standing, () => isOurs && group.isLooping);
  if (answer.kind === 'offer') return isOurs ? null : 'other_release';
  return answer.reason;
}
