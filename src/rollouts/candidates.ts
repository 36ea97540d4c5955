import { Injectable } from '@nestjs/common';
import { FactsInMemory, type FactsStore } from '../devices/devices.exports.js';
import { BoundedCache } from '../domain/bounded-cache.js';
import type { TargetFacts } from '../domain/filter/asked-facts.js';
import type { ResolvedFilter } from '../domain/filter/filter.js';
import { matchesKnown, type KnownOfDevices } from '../domain/filter/matches-known.js';
import { matches, type FilterableDevice } from '../domain/filter/matches.js';
import type { PlannedRelease } from '../domain/release-plan.js';
import type { Release } from '../releases/releases.exports.js';
import { CheckTargets } from './check-targets.js';
import type { PersonalQuestion } from './personal-question.js';
import { RolloutBook } from './rollout-book.js';
import type { DevicePlan } from './rollout-plans.js';

/** A release of a plan. */
interface Candidate {
  readonly planned: PlannedRelease<Release>;
  /** That says whether its rollout may be for the device; null: it may be, or is for everybody. */
  readonly target: ResolvedFilter | null;
}

/** What is run, times what operators say: few of each, unless every device has a tag of its own. */
const REMEMBERED = 10_000;

/**
 * The releases that a device may be offered, without those of rollouts that are not for it. Devices that run the same, and of
 * which operators say the same, share the answer as far as it does not rest on what a device says of itself: with many
 * rollouts, a check asks few.
 */
@Injectable()
export class Candidates {
  private known = new BoundedCache<[DevicePlan, TargetFacts], readonly Candidate[]>(REMEMBERED);
  private store: FactsStore | undefined;

  constructor(
    private readonly book: RolloutBook,
    private readonly facts: FactsInMemory,
    private readonly targets: CheckTargets,
  ) {}

  /** Newest first. @param device that asks, as filters see it */
  of(
    question: PersonalQuestion,
    plan: DevicePlan,
    device: () => FilterableDevice,
  ): readonly PlannedRelease<Release>[] {
    // What a rollout has offered it stays with the rollout.
    if (this.book.offers.hasAny(question.deviceId)) return plan.releases;
    const store = this.facts.current;
    if (store !== this.store) {
      this.store = store;
      this.known = new BoundedCache(REMEMBERED);
    }
    const said = store.get(question.deviceId);
    const candidates = this.known.get([plan, said], () => this.narrow(plan, knownOf(question, plan, said)));
    const releases: PlannedRelease<Release>[] = [];
    for (const { planned, target } of candidates)
      if (target === null || matches(target, device(), device().lastSeenAt)) releases.push(planned);
    return releases;
  }

  private narrow(plan: DevicePlan, known: KnownOfDevices): readonly Candidate[] {
    return plan.releases.flatMap((planned): Candidate[] => {
      const { rollout } = planned;
      if (!rollout || plan.runs.has(rollout.id)) return [{ planned, target: null }];
      const target = this.book.find(rollout.id)?.target;
      if (!target) return [];
      const answer = this.targets.isRead(target) ? matchesKnown(target, known) : true;
      return answer === false ? [] : [{ planned, target: answer === null ? target : null }];
    });
  }
}

const knownOf = (
  { deviceType, version, build }: PersonalQuestion,
  plan: DevicePlan,
  { name, channel, tags, groups, attributes }: TargetFacts,
): KnownOfDevices => ({
  ...{ name, deviceType, build, channel, tags, groups },
  version: { text: version, sortKey: plan.version?.sortKey ?? '' },
  attributes: new Map(Object.entries(attributes)),
});
