import { Injectable } from '@nestjs/common';
import { FactsInMemory, type FactsStore } from '../devices/devices.exports.js';
import { BoundedCache } from '../domain/bounded-cache.js';
import type { TargetFacts } from '../domain/filter/asked-facts.js';
import { matchesKnown, type KnownOfDevices } from '../domain/filter/matches-known.js';
import type { PlannedRelease } from '../domain/release-plan.js';
import type { Release } from '../releases/releases.exports.js';
import { CheckTargets } from './check-targets.js';
import type { PersonalQuestion } from './personal-question.js';
import { RolloutBook, type DevicePlan } from './rollout-book.js';

/** What is run, times what operators say: few of each, unless every device has a tag of its own. */
const REMEMBERED = 10_000;

/**
 * The releases that a device may be offered, without those of rollouts that are not for it whatever it says of itself. Devices
 * that run the same, and of which operators say the same, share the answer: with many rollouts, a check asks few.
 */
@Injectable()
export class Candidates {
  private known = new BoundedCache<[DevicePlan, TargetFacts], readonly PlannedRelease<Release>[]>(REMEMBERED);
  private store: FactsStore | undefined;

  constructor(
    private readonly book: RolloutBook,
    private readonly facts: FactsInMemory,
    private readonly targets: CheckTargets,
  ) {}

  /** Newest first. */
  of(question: PersonalQuestion, plan: DevicePlan): readonly PlannedRelease<Release>[] {
    // What a rollout has offered it stays with the rollout.
    if (this.book.offers.hasAny(question.deviceId)) return plan.releases;
    const store = this.facts.current;
    if (store !== this.store) {
      this.store = store;
      this.known = new BoundedCache(REMEMBERED);
    }
    const said = store.get(question.deviceId);
    return this.known.get([plan, said], () => this.narrow(plan, knownOf(question, plan, said)));
  }

  private narrow(plan: DevicePlan, known: KnownOfDevices): readonly PlannedRelease<Release>[] {
    return plan.releases.filter(({ rollout }) => {
      if (!rollout || plan.runs.has(rollout.id)) return true;
      const booked = this.book.find(rollout.id);
      if (!booked) return false;
      return !this.targets.isRead(booked.target) || matchesKnown(booked.target, known) !== false;
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
