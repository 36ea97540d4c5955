import { Injectable } from '@nestjs/common';
import { DatabaseClock } from '../database/database-clock.js';
import { FilterReader, TargetDevices, type Included } from '../devices/devices.exports.js';
import { EVERYTHING, type ResolvedFilter } from '../domain/filter/filter.js';
import type { Principal } from '../domain/principal.js';
import { plannedReleases } from '../domain/release-plan.js';
import { zoneOf } from '../domain/rollout/local-time.js';
import { PREVIEWED, previewOf, type Preview } from '../domain/rollout/rollout-preview.js';
import { standingOf, type RolloutStanding } from '../domain/rollout/standing.js';
import { isOpen, type Schedule } from '../domain/rollout/windows.js';
import { REFUSAL_REASONS } from '../domain/update-decision.js';
import { ReleaseCatalog } from '../releases/releases.exports.js';
import { EarlierFailures } from './earlier-failures.js';
import { includedIn } from './included-devices.js';
import { RolloutRepository, type Rollout } from './record/rollout.repository.js';
import type { BookedRollout } from './booked-rollout.js';
import { RolloutBook } from './rollout-book.js';
import type { RolloutPlan } from './rollout-planning.js';

/** Whom a rollout would offer its firmware, and how many of them at the beginning. */
export interface RolloutPreview extends Preview {
  readonly offeredFirst: number;
  /** Why nothing would be offered, beside what its devices are; null: nothing stands in its way. */
  readonly blockedBecause: string | null;
}

/** Whom a rollout is for, as it stands. */
export interface Measured {
  /** Devices that it would offer its firmware, with those that have been offered it and run something else still. */
  readonly matched: number;
  /** Those that it would bring back to an older version, and that do not accept it. */
  readonly refusing: number;
}

const REFUSALS: ReadonlySet<string> = new Set(REFUSAL_REASONS);

/** What a preview asks about. */
interface Previewed {
  readonly firmwareId: number;
  readonly deviceType: string;
  readonly allowDowngrade: boolean;
  readonly target: ResolvedFilter;
  /** Of the rollout itself; null: it does not exist yet. */
  readonly id: number | null;
  /** At its beginning. */
  readonly included: Included;
  readonly schedule: Schedule;
  /** Of its windows; null: that of each device. */
  readonly zone: string | null;
}

/** Where it is asked whom a rollout is for in the end. */
const AT_ONCE = { included: { kind: 'all' }, schedule: { startsAt: null, windows: [] }, zone: null } as const;

/** Asks the decision of checks what it would say to all devices of a type. */
@Injectable()
export class RolloutPreviews {
  constructor(
    private readonly book: RolloutBook,
    private readonly catalog: ReleaseCatalog,
    private readonly filters: FilterReader,
    private readonly devices: TargetDevices,
    private readonly failures: EarlierFailures,
    private readonly rollouts: RolloutRepository,
    private readonly clock: DatabaseClock,
  ) {}

  /** @throws DomainError OVERLOADED, FILTER_TOO_SLOW */
  async preview(
    principal: Principal,
    plan: RolloutPlan,
    blockedBecause: string | null,
  ): Promise<RolloutPreview> {
    const { choice, firmware, target, constants, phaseCap } = plan;
    const { firmwareId, allowDowngrade } = choice;
    await this.catalog.refresh();
    const question = {
      ...{ firmwareId, allowDowngrade, target, deviceType: firmware.deviceType, id: null },
      included: await includedIn(this.filters, await this.rollouts.findNextId(), plan.phases, 0),
      schedule: { startsAt: choice.startsAt && choice.startsAt.getTime() * 1_000, windows: choice.windows },
      zone: choice.timeZone,
    };
    const preview = (await this.ask(principal, question)) ?? { matched: 0, first: 0, leftOut: [] };
    const most = Math.min(constants.firstWindow, constants.maxAtRisk, phaseCap);
    return { ...preview, offeredFirst: Math.min(preview.first, most), blockedBecause };
  }

  /**
   * @returns null while the firmware cannot be offered
   * @throws DomainError OVERLOADED, FILTER_TOO_SLOW
   */
  async measure(principal: Principal, rollout: Rollout): Promise<Measured | null> {
    const target = rollout.target === null ? EVERYTHING : await this.filters.readKept(rollout.target);
    const preview = await this.ask(principal, { ...rollout, ...AT_ONCE, target });
    if (!preview) return null;
    const refusing = preview.leftOut.filter(({ reason }) => REFUSALS.has(reason));
    return { matched: preview.matched, refusing: refusing.reduce((sum, { count }) => sum + count, 0) };
  }

  private async ask(
    principal: Principal,
    { firmwareId, deviceType, allowDowngrade, target, id, included, schedule, zone }: Previewed,
  ): Promise<Preview | null> {
    const release = this.catalog.findOfferable(firmwareId);
    if (!release) return null;
    const known =
      this.book.planOf(deviceType) ??
      this.catalog.planOf(deviceType).releases.map((one) => ({ release: one, rollout: null }));
    const others = known.filter(({ rollout }) => rollout && rollout.id !== id);
    const booked = others.flatMap(({ rollout }) => this.book.find(rollout?.id ?? 0) ?? []);
    const releases = plannedReleases({ kind: 'shared', releases: [] }, [
      ...known.filter(({ rollout }) => rollout?.id !== id),
      { release, rollout: { id: PREVIEWED, allowDowngrade } },
    ]);
    const filters = [target, ...booked.map((one) => one.target)];
    const failed = await this.failures.all({ id: id ?? 0, firmwareId, allowDowngrade });
    const asksZone = schedule.windows.length > 0 && zone === null;
    const alike = await this.devices.findAlike(principal, {
      ...{ deviceType, firmwareId, filters, failed, included, asksZone },
    });
    const begin = Math.max(this.clock.now(), schedule.startsAt ?? 0);
    const isOpenIn = (timeZone: unknown): boolean =>
      isOpen(schedule, begin, zoneOf(zone ?? 'device', timeZone).zone);
    return previewOf(
      alike.map(({ found: [isTargeted = false, ...isInOthers], ...group }) => ({
        ...group,
        isTargeted,
        isFirst: group.isIncluded && isOpenIn(group.timeZone),
        standings: new Map(booked.flatMap((other, nth) => standingIn(other, isInOthers[nth] ?? false))),
      })),
      releases,
    );
  }
}

/** What another rollout has for devices in the end, whatever its phases and windows. */
function standingIn(
  { rollout, rule }: BookedRollout,
  isTargeted: boolean,
): readonly (readonly [number, RolloutStanding])[] {
  const standing = standingOf(
    { ...rule, phases: [], schedule: { startsAt: null, windows: [] } },
    {
      now: 0,
      offer: null,
      isTargeted: () => isTargeted,
      zone: () => 'UTC',
      position: () => 0,
      matches: () => true,
      isStale: false,
      isFull: false,
    },
  );
  return standing ? [[rollout.id, standing]] : [];
}
