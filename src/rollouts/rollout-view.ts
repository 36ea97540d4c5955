import { Injectable } from '@nestjs/common';
import { DomainError } from '../domain/errors.js';
import type { Principal } from '../domain/principal.js';
import { countedOf, pendingOf } from '../domain/rollout/admission.js';
import type { DeviceState } from '../domain/rollout/device-events.js';
import { logE } from '../domain/rollout/evidence.js';
import { evidenceSeries, type EvidencePoint } from '../domain/rollout/evidence-series.js';
import { haltedBecause, limitOf, nameOfPart, statusLine } from '../domain/rollout/halted-because.js';
import { weightOf, WHOLE, type Part } from '../domain/rollout/parts.js';
import { ReleaseCatalog, type FirmwareName } from '../releases/releases.exports.js';
import { RolloutDeviceRepository, type UnconfirmedCount } from './record/rollout-device.repository.js';
import { RolloutPartRepository } from './record/rollout-part.repository.js';
import type { Rollout } from './record/rollout.repository.js';
import { RolloutPlanning } from './rollout-planning.js';
import { RolloutPreviews } from './rollout-previews.js';

/** How many devices are where. */
export type StateCounts = Readonly<Record<DeviceState | 'offered', number>>;

/** A rollout as a list shows it. */
export interface ListedRollout {
  readonly rollout: Rollout;
  /** Of its firmware; null: it was purged just now. */
  readonly firmware: { readonly versionText: string; readonly build: number } | null;
  readonly counts: StateCounts;
  /** Failures that count, as a whole: silent neighbours once. */
  readonly countedFailures: number;
  readonly limit: number;
  readonly haltedBecause: string | null;
  /** Why it offers nothing, beside its state. */
  readonly blockedBecause: string | null;
  readonly line: string;
}

/** A part of it, with the same counts. */
export interface ShownPart extends Part {
  readonly name: string;
  readonly counts: StateCounts;
  readonly limit: number;
}

export interface ShownRollout extends ListedRollout {
  /** Devices that it would offer its firmware, and has not; null: that could not be counted in time. */
  readonly waiting: number | null;
  /** Devices that it would bring back to an older version, and that do not accept it; null as before. */
  readonly refusing: number | null;
  /** Those with the most evidence against them first. */
  readonly parts: readonly ShownPart[];
}

const MOST_PARTS = 50;
/** Of devices that are not well; a rollout with more of them was stopped long before. */
const MOST_UNWELL = 100_000;
const ENDED = new Set(['finished', 'aborted']);

/** Says of rollouts what people see of them. */
@Injectable()
export class RolloutView {
  constructor(
    private readonly offered: RolloutDeviceRepository,
    private readonly parts: RolloutPartRepository,
    private readonly catalog: ReleaseCatalog,
    private readonly planning: RolloutPlanning,
    private readonly previews: RolloutPreviews,
  ) {}

  async list(rollouts: readonly Rollout[]): Promise<ListedRollout[]> {
    const names = await this.catalog.findNames(rollouts.map(({ firmwareId }) => firmwareId));
    const firmwares = new Map(names.map((name) => [name.id, name]));
    const listed: ListedRollout[] = [];
    for (const rollout of rollouts) {
      const firmware = firmwares.get(rollout.firmwareId) ?? null;
      const blockedBecause = firmware && (await this.whyBlocked(rollout, firmware));
      const unconfirmed = rollout.offered === 0 ? [] : await this.offered.countUnconfirmed(rollout.id);
      const [whole] = rollout.offered === 0 ? [] : await this.parts.findWhole(rollout.id);
      listed.push(shown(rollout, firmware, unconfirmed, whole?.k ?? 0, blockedBecause));
    }
    return listed;
  }

  async show(principal: Principal, rollout: Rollout): Promise<ShownRollout> {
    const [listed] = await this.list([rollout]);
    if (!listed) throw new Error('A rollout is shown as itself.');
    const unconfirmed = rollout.offered === 0 ? [] : await this.offered.countUnconfirmed(rollout.id);
    const parts = await this.parts.findAll(rollout.id);
    return {
      ...listed,
      ...(await this.measure(principal, listed)),
      parts: worstFirst(rollout, parts).map((part) => shownPart(rollout, part, unconfirmed)),
    };
  }

  async evidence(rollout: Rollout, points: number): Promise<EvidencePoint[]> {
    const unwell = await this.offered.findUnwell(rollout.id, MOST_UNWELL);
    return evidenceSeries(unwell, rollout.offered, points, rollout);
  }

  /** A finished one that is in force for its target finds no device any more when a group of it is gone. */
  private async whyBlocked(rollout: Rollout, firmware: FirmwareName): Promise<string | null> {
    const { state, target } = rollout;
    if (state === 'aborted' || (state === 'finished' && target === null)) return null;
    const fault =
      state === 'finished'
        ? null
        : (this.planning.faultOf(firmware) ?? this.planning.faultOfGoingBack(rollout));
    return fault ?? (await this.planning.faultOfTargets(rollout));
  }

  /** Whom it would offer the firmware, less those that have had it and run something else still. */
  private async measure(
    principal: Principal,
    { rollout, counts }: ListedRollout,
  ): Promise<Pick<ShownRollout, 'waiting' | 'refusing'>> {
    if (ENDED.has(rollout.state)) return { waiting: 0, refusing: 0 };
    try {
      const measured = await this.previews.measure(principal, rollout);
      if (measured === null) return UNKNOWN;
      // Of those that would go back, the failed are not among the matched any more.
      const spent = rollout.allowDowngrade ? 0 : counts.failed + counts.excused;
      const had = counts.pending + counts.silent + spent;
      return { waiting: Math.max(0, measured.matched - had), refusing: measured.refusing };
    } catch (error) {
      const isBusy = error instanceof DomainError && ['OVERLOADED', 'FILTER_TOO_SLOW'].includes(error.code);
      if (!isBusy) throw error;
      return UNKNOWN;
    }
  }
}

const UNKNOWN = { waiting: null, refusing: null };

function shown(
  rollout: Rollout,
  firmware: ListedRollout['firmware'],
  unconfirmed: readonly UnconfirmedCount[],
  countedFailures: number,
  blockedBecause: string | null,
): ListedRollout {
  const { offered, confirmed, bad, released, excused, halt, state } = rollout;
  const silent = devicesIn(unconfirmed, 'silent');
  const isStopped = halt !== null && (state === 'halted' || state === 'aborted');
  return {
    rollout,
    firmware,
    counts: {
      offered,
      confirmed,
      // By the counters, so that they sum up while devices report.
      failed: Math.max(0, bad - silent),
      silent: Math.min(silent, bad),
      released,
      excused,
      pending: pendingOf(rollout),
    },
    countedFailures,
    limit: limitOf({ ...WHOLE, rank: 1, n: countedOf(rollout) }, rollout),
    haltedBecause: isStopped ? haltedBecause(halt) : null,
    blockedBecause,
    line: statusLine({ ...rollout, silent: Math.min(silent, bad) }, rollout),
  };
}

const devicesIn = (counts: readonly UnconfirmedCount[], state: DeviceState): number =>
  counts.reduce((sum, count) => sum + (count.state === state ? count.devices : 0), 0);

/** Without the whole, which the rollout's own counts are of. */
function worstFirst({ targetSize, maxFailureRate }: Rollout, parts: readonly Part[]): Part[] {
  return parts
    .map((part) => ({ part, weight: weightOf(part, targetSize) }))
    .filter(({ part, weight }) => part.dimension !== 'all' && weight > 0)
    .map(({ part, weight }) => ({ part, xLog: logE(part.n, part.k, maxFailureRate) + Math.log(weight) }))
    .sort((a, b) => b.xLog - a.xLog || a.part.rank - b.part.rank)
    .slice(0, MOST_PARTS)
    .map(({ part }) => part);
}

function shownPart(rollout: Rollout, part: Part, unconfirmed: readonly UnconfirmedCount[]): ShownPart {
  const own = unconfirmed.filter(({ groups, block }) =>
    part.dimension === 'block'
      ? String(block) === part.value
      : groups.some(({ dimension, value }) => dimension === part.dimension && value === part.value),
  );
  const count = (state: DeviceState): number => devicesIn(own, state);
  const counts = {
    pending: count('pending'),
    failed: count('failed'),
    silent: count('silent'),
    released: count('released'),
    excused: count('excused'),
  };
  const others = counts.pending + counts.failed + counts.silent + counts.excused;
  return {
    ...part,
    name: nameOfPart(part),
    counts: { ...counts, offered: part.n + counts.released, confirmed: Math.max(0, part.n - others) },
    limit: limitOf(part, rollout),
  };
}
