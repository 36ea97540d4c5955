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
import type { Release } from '../releases/releases.exports.js';
import type { BookedRollout } from './booked-rollout.js';
import type { Choice } from './candidates.js';
import type { CheckTargets } from './check-targets.js';
import type { PersonalQuestion } from './personal-question.js';
import type { RolloutBook } from './rollout-book.js';
import type { DevicePlan } from './rollout-plans.js';

const ADMISSION: RolloutStanding = { kind: 'admission' };

/** One decision about the device that asks, which may have to be made again when a rollout has answered. */
export class OneDecision implements DeviceFacts {
  /** A rollout has offered the device its firmware. */
  isWatched = false;
  /** Rollouts that have offered it their firmware, or whose firmware it runs. */
  readonly isIn: number[] = [];
  readonly version: FirmwareVersion | null;
  readonly build: number;
  readonly acceptsDowngrade: boolean;
  private device: FilterableDevice | undefined;
  private readonly standings = new Map<number, RolloutStanding | null>();
  /** Rollouts that the database was asked about. */
  private readonly asked: number[] = [];

  constructor(
    private readonly question: PersonalQuestion,
    private readonly plan: DevicePlan,
    private readonly choice: Choice,
    private readonly book: RolloutBook,
    private readonly targets: CheckTargets,
    private readonly now: number,
    private readonly isStale: boolean,
  ) {
    this.version = plan.version;
    this.build = question.build;
    this.acceptsDowngrade = question.facts?.acceptsDowngrade ?? false;
  }

  /** Those that hold: the operator's before its own. */
  get attributes(): ReadonlyMap<string, Attribute> {
    return this.asking.attributes;
  }

  decide(onPassedOver?: PassedOver<Release>): UpdateDecision<Release> {
    const standingIn = (rolloutId: number): RolloutStanding | null => this.standingIn(rolloutId);
    return decideUpdate(this, { kind: 'personal', releases: this.choice.releases, standingIn }, onPassedOver);
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

  /** The database has said what it knows of the offer. */
  noteAsked(rolloutId: number): void {
    this.asked.push(rolloutId);
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
    const isTargeted = (): boolean | null => this.choice.selected.has(rollout.id) || this.selects(target);
    // Most rollouts are not for the device: no more is asked of those.
    if (!offer && isTargeted() === false) return null;
    const standing = standingOf(rule, {
      now: this.now,
      offer,
      isTargeted: () => (this.targets.knows(asks) ? isTargeted() : null),
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
    const mustAsk = this.book.isChanging(rollout.id, deviceId) && !this.asked.includes(rollout.id);
    return isOfferedAgain && mustAsk ? ADMISSION : standing;
  }
}
