import { Injectable } from '@nestjs/common';
import { FactsInMemory, type FactsStore } from '../devices/devices.exports.js';
import { BoundedCache } from '../domain/bounded-cache.js';
import type { Attribute } from '../domain/device-facts.js';
import type { TargetFacts } from '../domain/filter/asked-facts.js';
import type { ResolvedFilter } from '../domain/filter/filter.js';
import {
  decidingAttributes,
  matchesKnown,
  together,
  type KnownOfDevices,
} from '../domain/filter/matches-known.js';
import { matches } from '../domain/filter/matches.js';
import type { PlannedRelease } from '../domain/release-plan.js';
import { decideUpdate, type UpdateDecision } from '../domain/update-decision.js';
import type { Release } from '../releases/releases.exports.js';
import { CheckTargets } from './check-targets.js';
import type { PersonalQuestion } from './personal-question.js';
import { RolloutBook } from './rollout-book.js';
import type { DevicePlan } from './rollout-plans.js';

/** A release of a plan. */
interface Candidate {
  readonly planned: PlannedRelease<Release>;
  /** That says whether its rollout is for the device; null: it need not be asked. */
  readonly target: ResolvedFilter | null;
  /** Its rollout is for the device, as far as nothing is left to ask. */
  readonly isSelected: boolean;
}

/** What is left of a plan by what operators say. */
interface Narrowed {
  readonly candidates: readonly Candidate[];
  /** Keys of the attributes of the device on which the targets depend; null: each device is looked at by itself. */
  readonly deciding: readonly string[] | null;
}

/** What a device may be offered. */
export interface Choice {
  /** Newest first. */
  readonly releases: readonly PlannedRelease<Release>[];
  /** Rollouts of which it is known that their targets select the device. */
  readonly selected: ReadonlySet<number>;
  /** What all devices are answered that may be offered this; null: a rollout has a say. */
  readonly decision: UpdateDecision<Release> | null;
}

/** What is run, times what operators say: few of each, unless every device has a tag of its own. */
const REMEMBERED = 10_000;
/** Attributes that devices share the values of are few; each one more is one more level to look up. */
const MOST_DECIDING = 4;
const NONE: ReadonlySet<number> = new Set();

/**
 * The releases that a device may be offered, without those of rollouts that are not for it. Devices that run the same, and of
 * which operators and they themselves say the same where it is asked, share the answer, and the decision where no rollout
 * is left: with many rollouts, a check asks few.
 */
@Injectable()
export class Candidates {
  private narrowed = new BoundedCache<[DevicePlan, TargetFacts], Narrowed>(REMEMBERED);
  private choices = new BoundedCache<[Narrowed, ...(Attribute | undefined)[]], Choice>(REMEMBERED);
  private store: FactsStore | undefined;

  constructor(
    private readonly book: RolloutBook,
    private readonly facts: FactsInMemory,
    private readonly targets: CheckTargets,
  ) {}

  of(question: PersonalQuestion, plan: DevicePlan): Choice {
    // What a rollout has offered it stays with the rollout.
    if (this.book.offers.hasAny(question.deviceId))
      return { releases: plan.releases, selected: NONE, decision: null };
    const store = this.facts.current;
    if (store !== this.store) {
      this.store = store;
      this.narrowed = new BoundedCache(REMEMBERED);
      this.choices = new BoundedCache(REMEMBERED);
    }
    const said = store.get(question.deviceId);
    const narrowed = this.narrowed.get([plan, said], () => this.narrow(plan, knownOf(question, plan, said)));
    const choose = (): Choice => this.choose(narrowed, question, plan);
    if (narrowed.deciding === null) return choose();
    const own = question.facts?.attributes;
    return this.choices.get([narrowed, ...narrowed.deciding.map((key) => own?.get(key))], choose);
  }

  private narrow(plan: DevicePlan, known: KnownOfDevices): Narrowed {
    const candidates = plan.releases.flatMap((planned): Candidate[] => {
      const { rollout } = planned;
      if (!rollout || plan.runs.has(rollout.id)) return [{ planned, target: null, isSelected: false }];
      const target = this.book.find(rollout.id)?.target;
      if (!target) return [];
      if (!this.targets.isRead(target)) return [{ planned, target: null, isSelected: false }];
      const answer = matchesKnown(target, known);
      if (answer === false) return [];
      return [{ planned, target: answer === null ? target : null, isSelected: true }];
    });
    const deciding = together(candidates.map(({ target }) => (target ? decidingAttributes(target) : [])));
    return { candidates, deciding: deciding && deciding.length <= MOST_DECIDING ? deciding : null };
  }

  private choose({ candidates }: Narrowed, question: PersonalQuestion, plan: DevicePlan): Choice {
    // A device that asks is seen now, whenever that is.
    const device = this.targets.deviceOf(question, plan.version, 0);
    const left = candidates.filter(({ target }) => target === null || matches(target, device, 0));
    const releases = left.map(({ planned }) => planned);
    const selected = left.flatMap(({ planned: { rollout }, isSelected }) =>
      rollout && isSelected ? [rollout.id] : [],
    );
    const isForAll = releases.every(({ rollout }) => rollout === null);
    return {
      releases,
      selected: new Set(selected),
      decision: isForAll ? decisionForAll(plan, question.build, releases) : null,
    };
  }
}

function decisionForAll(
  { version }: DevicePlan,
  build: number,
  releases: readonly PlannedRelease<Release>[],
): UpdateDecision<Release> {
  return decideUpdate({ version, build }, { kind: 'personal', releases, standingIn: () => null });
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
