import { BoundedCache } from '../domain/bounded-cache.js';
import { parseVersion, type FirmwareVersion } from '../domain/firmware-version.js';
import { narrowedPlan, plannedReleases, type PlannedRelease } from '../domain/release-plan.js';
import type { ReleaseCatalog, Release, RunningFirmware } from '../releases/releases.exports.js';
import { isPlanned, type BookedRollout } from './booked-rollout.js';
import { groupedBy } from './grouped-by.js';
import { runs } from './rollout-news.js';

/** What devices that run the same may be offered. */
export interface DevicePlan {
  /** The part that matters to them, newest first. */
  readonly releases: readonly PlannedRelease<Release>[];
  /** Rollouts whose firmware they run. */
  readonly runs: ReadonlySet<number>;
  /** What they run; null: it cannot be compared. */
  readonly version: FirmwareVersion | null;
}

/** Types, versions and builds of all fleets at one time, and some that nobody should run. */
const PLANS_REMEMBERED = 10_000;

/** What devices may be offered where rollouts have a say. */
export class RolloutPlans {
  private booked: readonly BookedRollout[] = [];
  private plans: ReadonlyMap<string, readonly PlannedRelease<Release>[]> = new Map();
  private plannedEdition = -1;
  /** What the plans were made of. */
  private plannedOf: readonly unknown[] = [];
  private devicePlans = new BoundedCache<[string, string, number], DevicePlan>(PLANS_REMEMBERED);

  constructor(private readonly catalog: ReleaseCatalog) {}

  /** All rollouts, as they were read just now. */
  take(booked: readonly BookedRollout[]): void {
    this.booked = booked;
    this.plan();
  }

  /** null: no rollout concerns devices of the type. */
  planFor({ deviceType, version, build }: RunningFirmware): DevicePlan | null {
    const releases = this.planOf(deviceType);
    if (!releases) return null;
    return this.devicePlans.get([deviceType, version, build], () => {
      const parsed = parseVersion(version);
      const ofType = this.booked.filter(({ rollout }) => rollout.deviceType === deviceType);
      const same = ofType.filter(({ image }) => runs({ version, build }, image));
      return {
        releases: narrowedPlan(releases, parsed, build),
        runs: new Set(same.map(({ rollout }) => rollout.id)),
        version: parsed,
      };
    });
  }

  /** What the devices of a type may be offered, newest first; null: no rollout concerns them. */
  planOf(deviceType: string): readonly PlannedRelease<Release>[] | null {
    if (this.plannedEdition !== this.catalog.edition) {
      this.plannedEdition = this.catalog.edition;
      this.plan();
    }
    return this.plans.get(deviceType) ?? null;
  }

  /** The plans stay while they are made of the same: each offer and each report has the book read again. */
  private plan(): void {
    this.catalog.withdraw(this.withdrawn());
    const byType = new Map<string, PlannedRelease<Release>[]>();
    const of: unknown[] = [this.catalog.edition];
    for (const booked of this.booked) {
      const { rollout, target } = booked;
      const { id, deviceType, state, allowDowngrade, firmwareId } = rollout;
      of.push(id, firmwareId);
      const release = isPlanned(booked) ? this.catalog.findOfferable(firmwareId) : null;
      if (!release) continue;
      const isStopped = state === 'paused' || state === 'halted';
      of.push(release, allowDowngrade, isStopped, target);
      const planned = { release, rollout: { id, allowDowngrade, isStopped } };
      const ofType = byType.get(deviceType);
      if (ofType) ofType.push(planned);
      else byType.set(deviceType, [planned]);
    }
    if (areSame(of, this.plannedOf)) return;
    this.plannedOf = of;
    this.devicePlans = new BoundedCache(PLANS_REMEMBERED);
    this.plans = new Map(
      [...byType].map(([deviceType, planned]) => [
        deviceType,
        plannedReleases(this.catalog.planOf(deviceType), planned),
      ]),
    );
  }

  /** Firmware whose last rollout was stopped, and that nothing else has brought into force. */
  private withdrawn(): ReadonlySet<number> {
    const stopped = new Set<number>();
    for (const [firmwareId, ofFirmware] of groupedBy(this.booked, ({ rollout }) => rollout.firmwareId)) {
      const last = ofFirmware.at(-1)?.rollout.state;
      const isStopped = last === 'halted' || last === 'aborted';
      const isInForce = ofFirmware.some(({ rollout }) => rollout.state === 'finished');
      if (isStopped && !isInForce && this.catalog.findFile(firmwareId)?.isStable !== true)
        stopped.add(firmwareId);
    }
    return stopped;
  }
}

const areSame = (some: readonly unknown[], others: readonly unknown[]): boolean =>
  some.length === others.length && some.every((one, index) => one === others[index]);
