import { Inject, Injectable } from '@nestjs/common';
import { APP_CONFIG, type AppConfig } from '../config/app-config.js';
import { DatabaseClock } from '../database/database-clock.js';
import type { Attribute, DeviceFacts } from '../domain/device-facts.js';
import type { ResolvedFilter } from '../domain/filter/filter.js';
import type { FilterableDevice } from '../domain/filter/matches.js';
import { TIME_ZONE } from '../domain/filter/usual-attributes.js';
import type { FirmwareVersion } from '../domain/firmware-version.js';
import { compareReleases } from '../domain/release-plan.js';
import { positionOf } from '../domain/rollout/device-order.js';
import type { ExplainedRollout } from '../domain/rollout/explained-rollout.js';
import { zoneOf } from '../domain/rollout/local-time.js';
import { standingOf, type RolloutStanding } from '../domain/rollout/standing.js';
import { nextOpening } from '../domain/rollout/windows.js';
import { decideUpdate, whyNotBack, type PassedOver, type UpdateDecision } from '../domain/update-decision.js';
import type { Release, RunningFirmware } from '../releases/releases.exports.js';
import type { BookedRollout } from './booked-rollout.js';
import { Candidates } from './candidates.js';
import { CheckTargets } from './check-targets.js';
import { CheckIns } from './clock/check-ins.js';
import { EarlierFailures } from './earlier-failures.js';
import { EARLIER } from './known-offers.js';
import type { PersonalQuestion } from './personal-question.js';
import { RolloutAdmissions, type Applicant } from './rollout-admissions.js';
import { RolloutBook } from './rollout-book.js';
import type { DevicePlan } from './rollout-plans.js';

/** What a check is answered, and what the rollouts know of the device. */
export interface PersonalDecision {
  readonly decision: UpdateDecision<Release>;
  /** A rollout has offered the device its firmware, and wants to hear of each check until that is settled. */
  readonly isWatched: boolean;
}

/** What a check would be answered, and why. */
export interface PersonalExplanation {
  readonly decision: UpdateDecision<Release>;
  /** Of the newest firmware first. */
  readonly rollouts: readonly ExplainedRollout[];
  /** That is for the device, whether or not it may have it now; null: none is. */
  readonly newest: Release | null;
}

/** What failed on a device before a rollout came is as good as an offer that failed. */
const REJECTED = { seq: EARLIER, state: 'failed', attempts: 0, isInstalling: false, bootIds: [] } as const;
const ADMISSION: RolloutStanding = { kind: 'admission' };
const WAITING: RolloutStanding = { kind: 'withheld', reason: 'rollout_waiting' };

/** What becomes of the checks of devices whose type has rollouts. */
@Injectable()
export class RolloutOffers {
  private readonly longestAge: number;

  constructor(
    @Inject(APP_CONFIG) { maxCatalogAgeSeconds }: AppConfig,
    private readonly book: RolloutBook,
    private readonly admissions: RolloutAdmissions,
    private readonly targets: CheckTargets,
    private readonly candidates: Candidates,
    private readonly failures: EarlierFailures,
    private readonly checkIns: CheckIns,
    private readonly clock: DatabaseClock,
  ) {
    this.longestAge = maxCatalogAgeSeconds;
  }

  /** null: no rollout concerns devices of the type, so that the same is for all of them. */
  planFor(running: RunningFirmware): DevicePlan | null {
    return this.book.planFor(running);
  }

  /**
   * Decides from memory; the database is asked only where a rollout is to admit the device.
   * @param isRefused whether a release is not offered to the device whatever a rollout says
   */
  decide(
    question: PersonalQuestion,
    plan: DevicePlan,
    isRefused: (release: Release) => boolean,
  ): PersonalDecision | Promise<PersonalDecision> {
    const one = this.begin(question, plan);
    const decision = one.decide();
    for (const rolloutId of one.isIn) this.checkIns.note(rolloutId);
    const mustAsk = decision.kind === 'offer' && decision.admissionTo !== undefined;
    if (!mustAsk || isRefused(decision.release)) return { decision, isWatched: one.isWatched };
    return this.admit(question, one, decision.admissionTo, isRefused);
  }

  /** The same decision without admitting anybody, and what the rollouts of the type have for the device. */
  async explain(
    question: PersonalQuestion,
    plan: DevicePlan,
    onPassedOver?: PassedOver<Release>,
  ): Promise<PersonalExplanation> {
    const one = this.begin(question, plan);
    await this.learnOfFailures(one, question);
    const decision = one.decide(onPassedOver);
    const releases = this.book.planOf(question.deviceType) ?? [];
    const rollouts = releases.flatMap(({ release, rollout }) => {
      const explained = rollout && one.explain(rollout.id, release);
      return explained ? [explained] : [];
    });
    const newest = releases.find(({ rollout }) => !rollout || one.standingIn(rollout.id) !== null)?.release;
    return { decision, rollouts, newest: newest ?? null };
  }

  /** Checks hear of what failed on the device before when a rollout is to admit it, and nobody is admitted here. */
  private async learnOfFailures(one: OneDecision, { deviceId, deviceType }: PersonalQuestion): Promise<void> {
    for (const { rollout } of this.book.planOf(deviceType) ?? []) {
      if (!rollout || one.standingIn(rollout.id)?.kind !== 'admission') continue;
      const booked = this.book.find(rollout.id);
      if (booked && (await this.failures.has(booked.rollout, deviceId)))
        this.reject(one, rollout.id, deviceId);
    }
  }

  private reject(one: OneDecision, rolloutId: number, deviceId: number): void {
    this.book.offers.remember({ ...REJECTED, rolloutId, deviceId });
    one.forget(rolloutId, false);
  }

  private begin(question: PersonalQuestion, plan: DevicePlan): OneDecision {
    return new OneDecision(
      question,
      plan,
      this.candidates,
      this.book,
      this.targets,
      this.clock.now(),
      this.isStale,
    );
  }

  /** Whether this server has not heard of the database for so long that a halt may have passed it by. */
  private get isStale(): boolean {
    return this.book.ageSeconds > this.longestAge;
  }

  /** A rollout that has no room sends the device on to the next release that it may have. */
  private async admit(
    question: PersonalQuestion,
    one: OneDecision,
    first: number | undefined,
    isRefused: (release: Release) => boolean,
  ): Promise<PersonalDecision> {
    let rolloutId = first;
    for (;;) {
      if (rolloutId === undefined) throw new Error('There is no rollout to admit the device.');
      const isAdmitted = await this.isAdmitted(one, question, rolloutId);
      const decision = one.decide();
      const next = decision.kind === 'offer' ? decision.admissionTo : undefined;
      const isSettled = next === undefined || (decision.kind === 'offer' && isRefused(decision.release));
      if (isSettled) return { decision, isWatched: one.isWatched || isAdmitted };
      rolloutId = next;
    }
  }

  private async isAdmitted(
    one: OneDecision,
    question: PersonalQuestion,
    rolloutId: number,
  ): Promise<boolean> {
    try {
      const admission = await this.admissions.admit(applicantOf(question, rolloutId, this.clock.now()));
      if (admission.kind === 'full') {
        one.settle(rolloutId, WAITING);
        const booked = this.book.find(rolloutId);
        if (booked) booked.full ??= admission.why ?? 'asked';
        return false;
      }
      if (admission.kind === 'rejecting') {
        this.reject(one, rolloutId, question.deviceId);
        return false;
      }
      const { kind, offer } = admission;
      one.asked.add(rolloutId);
      // It may ask again before the book has been read.
      this.book.offers.remember({ ...offer, isInstalling: offer.installingAt !== null });
      if (kind === 'known') one.forget(rolloutId, offer.state === 'confirmed');
      else one.settle(rolloutId, { kind: 'granted' });
      return true;
    } catch {
      // Overloaded, or the database is away: nobody knows whether it was admitted. It asks again, and is told then.
      one.settle(rolloutId, WAITING);
      return false;
    }
  }
}

/** One decision about the device that asks, which may have to be made again when a rollout has answered. */
class OneDecision implements DeviceFacts {
  /** A rollout has offered the device its firmware. */
  isWatched = false;
  /** Rollouts that have offered it their firmware, or whose firmware it runs. */
  readonly isIn: number[] = [];
  readonly version: FirmwareVersion | null;
  readonly build: number;
  readonly acceptsDowngrade: boolean;
  private readonly releases: DevicePlan['releases'];
  private device: FilterableDevice | undefined;
  private readonly standings = new Map<number, RolloutStanding | null>();
  /** Rollouts that the database was asked about. */
  readonly asked = new Set<number>();

  constructor(
    private readonly question: PersonalQuestion,
    private readonly plan: DevicePlan,
    candidates: Candidates,
    private readonly book: RolloutBook,
    private readonly targets: CheckTargets,
    private readonly now: number,
    private readonly isStale: boolean,
  ) {
    this.version = plan.version;
    this.build = question.build;
    this.acceptsDowngrade = question.facts?.acceptsDowngrade ?? false;
    this.releases = candidates.of(question, plan, () => this.asking);
  }

  /** Those that hold: the operator's before its own. */
  get attributes(): ReadonlyMap<string, Attribute> {
    return this.asking.attributes;
  }

  decide(onPassedOver?: PassedOver<Release>): UpdateDecision<Release> {
    const standingIn = (rolloutId: number): RolloutStanding | null => this.standingIn(rolloutId);
    return decideUpdate(this, { kind: 'personal', releases: this.releases, standingIn }, onPassedOver);
  }

  explain(rolloutId: number, release: Release): ExplainedRollout | null {
    const booked = this.book.find(rolloutId);
    if (!booked) return null;
    const { rollout, rule, target, asks } = booked;
    const { zone, isFallback } = this.zoneFor(booked);
    return {
      id: rolloutId,
      firmware: `${release.versionText} build ${release.build}`,
      state: rollout.state,
      standing: this.standingIn(rolloutId),
      phaseIndex: rule.phaseIndex,
      phaseCount: rule.phases.length,
      startsAt: rule.schedule.startsAt,
      opensAt: nextOpening(rule.schedule, this.now, zone),
      lacksZone: isFallback,
      isUnread: this.selects(target) === null || !this.targets.knows(asks),
      isStale: this.isStale,
      full: booked.full,
      refusal: rollout.allowDowngrade && this.isOlder(release) ? whyNotBack(release, this) : null,
    };
  }

  private isOlder(release: Release): boolean {
    const { version, build } = this;
    return version !== null && compareReleases(release, { version, build }) < 0;
  }

  settle(rolloutId: number, standing: RolloutStanding): void {
    this.standings.set(rolloutId, standing);
  }

  /** More is known of the offer by now. @param isConfirmed it ran the firmware before, and may have it again */
  forget(rolloutId: number, isConfirmed: boolean): void {
    if (isConfirmed) this.settle(rolloutId, { kind: 'granted' });
    else this.standings.delete(rolloutId);
  }

  standingIn(rolloutId: number): RolloutStanding | null {
    const settled = this.standings.get(rolloutId);
    if (settled !== undefined) return settled;
    const booked = this.book.find(rolloutId);
    const standing = booked ? this.askOf(booked) : null;
    this.standings.set(rolloutId, standing);
    return standing;
  }

  private zoneFor({ rollout }: BookedRollout): ReturnType<typeof zoneOf> {
    return zoneOf(rollout.timeZone ?? 'device', this.attributes.get(TIME_ZONE));
  }

  private selects(filter: ResolvedFilter): boolean | null {
    return this.targets.matches(filter, this.asking, this.now / 1_000);
  }

  private get asking(): FilterableDevice {
    return (this.device ??= this.targets.deviceOf(this.question, this.version, this.now / 1_000));
  }

  private askOf(booked: BookedRollout): RolloutStanding | null {
    const { rollout, rule, target, asks, phaseTargets } = booked;
    const { deviceId, facts } = this.question;
    const offer = this.book.offers.find(rollout.id, deviceId, facts?.bootId);
    if (offer) this.isWatched = true;
    if (offer || this.plan.runs.has(rollout.id)) this.isIn.push(rollout.id);
    // Most rollouts are not for the device: no more is asked of those.
    if (!offer && this.selects(target) === false) return null;
    const standing = standingOf(rule, {
      now: this.now,
      offer,
      isTargeted: () => (this.targets.knows(asks) ? this.selects(target) : null),
      zone: () => this.zoneFor(booked).zone,
      position: () => positionOf(rollout.id, deviceId),
      matches: (text) => {
        const filter = phaseTargets.get(text);
        return filter !== undefined && this.selects(filter) === true;
      },
      isStale: this.isStale,
      isFull: booked.full !== null,
    });
    const isOfferedAgain = standing?.kind === 'granted' && rollout.state === 'running';
    // A report of the device was committed a moment ago: it may have failed with what it would be offered again.
    const mustAsk = this.book.isChanging(rollout.id, deviceId) && !this.asked.has(rollout.id);
    return isOfferedAgain && mustAsk ? ADMISSION : standing;
  }
}

function applicantOf(
  { deviceId, version, build, facts, address }: PersonalQuestion,
  rolloutId: number,
  at: number,
): Applicant {
  return {
    rolloutId,
    deviceId,
    at,
    version,
    build,
    ownAttributes: facts?.attributes,
    address: address(),
    bootId: facts?.bootId ?? null,
  };
}
