import { Inject, Injectable } from '@nestjs/common';
import { APP_CONFIG, type AppConfig } from '../config/app-config.js';
import { DatabaseClock } from '../database/database-clock.js';
import type { ExplainedRollout } from '../domain/rollout/explained-rollout.js';
import type { RolloutStanding } from '../domain/rollout/standing.js';
import type { PassedOver, UpdateDecision } from '../domain/update-decision.js';
import type { Release, RunningFirmware } from '../releases/releases.exports.js';
import { Candidates, type Choice } from './candidates.js';
import { CheckTargets } from './check-targets.js';
import { CheckIns } from './clock/check-ins.js';
import { EarlierFailures } from './earlier-failures.js';
import { EARLIER } from './known-offers.js';
import { OneDecision } from './one-decision.js';
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
    const choice = this.candidates.of(question, plan);
    if (choice.decision) return { decision: choice.decision, isWatched: false };
    const one = this.begin(question, plan, choice);
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
    const one = this.begin(question, plan, this.candidates.of(question, plan));
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

  private begin(question: PersonalQuestion, plan: DevicePlan, choice: Choice): OneDecision {
    return new OneDecision(question, plan, choice, this.book, this.targets, this.clock.now(), this.isStale);
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
      one.noteAsked(rolloutId);
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
