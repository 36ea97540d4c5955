import {
  Inject,
  Injectable,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { APP_CONFIG, type AppConfig } from '../config/app-config.js';
import { ChangeFeed } from '../database/change-feed.js';
import { FreshCopy } from '../database/fresh-copy.js';
import { PeriodicTasks } from '../database/periodic-tasks.js';
import { FactsInMemory, FilterReader } from '../devices/devices.exports.js';
import { askedFacts, type AskedFacts } from '../domain/filter/asked-facts.js';
import type { ResolvedFilter } from '../domain/filter/filter.js';
import { SECURE_VERSION, TIME_ZONE } from '../domain/filter/usual-attributes.js';
import { EVERYTHING } from '../domain/filter/filter.js';
import { BoundedCache } from '../domain/bounded-cache.js';
import { parseVersion, type FirmwareVersion } from '../domain/firmware-version.js';
import { narrowedPlan, plannedReleases, type PlannedRelease } from '../domain/release-plan.js';
import type { NoRoom } from '../domain/rollout/explained-rollout.js';
import type { RolloutRule } from '../domain/rollout/standing.js';
import {
  PersonalPlans,
  ReleaseCatalog,
  type Image,
  type Release,
  type RunningFirmware,
} from '../releases/releases.exports.js';
import { groupedBy } from './grouped-by.js';
import { KnownOffers } from './known-offers.js';
import { RolloutDeviceRepository, type RememberedOffer } from './record/rollout-device.repository.js';
import { runs } from './rollout-news.js';
import { whyNoRoom } from './record/rollout-constants.js';
import { ROLLOUT_CHANGED, RolloutRepository, type Rollout } from './record/rollout.repository.js';

/** A rollout, and the firmware that it brings. */
export interface KnownRollout {
  readonly rollout: Rollout;
  readonly image: Image;
}

/** What devices that run the same may be offered. */
export interface DevicePlan {
  /** The part that matters to them, newest first. */
  readonly releases: readonly PlannedRelease<Release>[];
  /** Rollouts whose firmware they run. */
  readonly runs: ReadonlySet<number>;
  /** What they run; null: it cannot be compared. */
  readonly version: FirmwareVersion | null;
}

/** A rollout, as checks ask it. */
export interface BookedRollout extends KnownRollout {
  readonly rule: RolloutRule;
  readonly target: ResolvedFilter;
  /** What it asks of operators about a device beside its filters. */
  readonly asks: AskedFacts;
  /** What the filters of phases select, by their texts. */
  readonly phaseTargets: ReadonlyMap<string, ResolvedFilter>;
  /** Why no more devices may be offered the firmware, as far as this process knows; null: some may be. */
  full: NoRoom | null;
}

/** What a read has found. */
interface Reading {
  readonly rollouts: readonly BookedRollout[];
  /** New ones, and the edition of what was known of offers when the read began. */
  readonly added: readonly RememberedOffer[];
  readonly edition: number;
  readonly changed: readonly RememberedOffer[];
  /** Offers that were asked for, and the number of the change that this was for. */
  readonly asked: readonly (readonly [string, number])[];
}

/** A change of a rollout comes to the checks within this time, and many changes share a read. */
const GATHER_MS = 200;
/** Types, versions and builds of all fleets at one time, and some that nobody should run. */
const PLANS_REMEMBERED = 10_000;
/** In which devices are told something of a rollout. */
const TOLD = new Set(['scheduled', 'running', 'paused', 'halted']);

/** The rollouts that devices have to do with, in memory, so that checks need no database. */
@Injectable()
export class RolloutBook implements OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly offers = new KnownOffers();
  private readonly copy: FreshCopy<Reading>;
  private booked: ReadonlyMap<number, BookedRollout> = new Map();
  private byFirmware: ReadonlyMap<number, readonly BookedRollout[]> = new Map();
  /** Offers that have changed since they were read, `rollout:device`. */
  private readonly changed = new Map<string, number>();
  private changes = 0;
  private plans = new Map<string, readonly PlannedRelease<Release>[] | null>();
  private plannedEdition = -1;
  private devicePlans = new BoundedCache<[string, string, number], DevicePlan>(PLANS_REMEMBERED);

  constructor(
    @Inject(APP_CONFIG) { limits }: AppConfig,
    private readonly rollouts: RolloutRepository,
    private readonly devices: RolloutDeviceRepository,
    private readonly filters: FilterReader,
    private readonly facts: FactsInMemory,
    private readonly catalog: ReleaseCatalog,
    changes: ChangeFeed,
    tasks: PeriodicTasks,
    plans: PersonalPlans,
  ) {
    plans.use((deviceType) => this.planOf(deviceType));
    this.copy = new FreshCopy(
      {
        name: 'The book of rollouts',
        channels: [ROLLOUT_CHANGED, 'group_changed'],
        onChange: (payload) => {
          this.note(payload);
        },
        gatherMs: GATHER_MS,
        everyMs: limits.catalogRefreshMs,
        patienceMs: limits.heartbeatMs,
        read: () => this.read(),
        take: (reading) => {
          this.take(reading);
        },
      },
      changes,
      tasks,
    );
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.copy.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.copy.stop();
  }

  /** Seconds since the book was known to be what the database says. */
  get ageSeconds(): number {
    return this.copy.ageSeconds;
  }

  /** Resolves when what was committed before this call is in the book; if it cannot be read, it stays as it was. */
  refresh(): Promise<void> {
    return this.copy.refresh();
  }

  /** What became of the offer is being read: the database knows it already. */
  isChanging(rolloutId: number, deviceId: number): boolean {
    return this.changed.size > 0 && this.changed.has(`${rolloutId}:${deviceId}`);
  }

  get all(): Iterable<BookedRollout> {
    return this.booked.values();
  }

  find(rolloutId: number): BookedRollout | undefined {
    return this.booked.get(rolloutId);
  }

  /** Also those that were broken off. */
  ofFirmware(firmwareId: number): readonly BookedRollout[] {
    return this.byFirmware.get(firmwareId) ?? [];
  }

  /** null: no rollout concerns devices of the type. */
  planFor({ deviceType, version, build }: RunningFirmware): DevicePlan | null {
    const releases = this.planOf(deviceType);
    if (!releases) return null;
    return this.devicePlans.get([deviceType, version, build], () => {
      const parsed = parseVersion(version);
      const ofType = [...this.booked.values()].filter(({ rollout }) => rollout.deviceType === deviceType);
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

  /** Offers changed in a transaction of this process, or may have. */
  private note(payload: string | null): void {
    if (payload === null) {
      this.offers.forgetAll();
      return;
    }
    const [id = '', devices = ''] = payload.split(':');
    if (devices === '*') this.offers.forget(Number(id));
    else
      for (const device of devices.split(',')) {
        if (device === '') continue;
        this.changed.set(`${id}:${device}`, ++this.changes);
        this.doubtEarlierFailure(Number(id), Number(device));
      }
  }

  /** It may have been excused: another rollout of the same firmware asks again. */
  private doubtEarlierFailure(rolloutId: number, deviceId: number): void {
    const firmwareId = this.booked.get(rolloutId)?.rollout.firmwareId;
    if (firmwareId === undefined) return;
    for (const { rollout } of this.ofFirmware(firmwareId))
      this.offers.forgetEarlierFailure(rollout.id, deviceId);
  }

  /** What the database says now, where the book may not have heard of it. */
  async knownNow(manager?: EntityManager): Promise<KnownRollout[]> {
    const rows = await this.rollouts.findVisible(manager);
    const images = await this.catalog.findImages(
      rows.map(({ firmwareId }) => firmwareId),
      manager,
    );
    // One that is missing has been purged meanwhile, and its rollout with it.
    return rows.flatMap((rollout) => {
      const image = images.get(rollout.firmwareId);
      return image ? [{ rollout, image }] : [];
    });
  }

  private async read(): Promise<Reading> {
    const rollouts: BookedRollout[] = [];
    for (const known of await this.knownNow()) rollouts.push(await this.bookedOf(known));
    const asked = [...this.changed];
    const keys = asked.map(([key]) => {
      const [rolloutId, deviceId] = key.split(':').map(Number) as [number, number];
      return { rolloutId, deviceId };
    });
    const changed = keys.length > 0 ? await this.devices.findOffers(keys) : [];
    const planned = rollouts.filter(isPlanned).map(({ rollout }) => rollout.id);
    const { edition } = this.offers;
    const added = planned.length > 0 ? await this.devices.findNewOffers(this.offers.readUpTo(planned)) : [];
    return { rollouts, added, edition, changed, asked };
  }

  private take({ rollouts, added, edition, changed, asked }: Reading): void {
    this.booked = new Map(rollouts.map((booked) => [booked.rollout.id, booked]));
    this.byFirmware = groupedBy(rollouts, ({ rollout }) => rollout.firmwareId);
    // One that has changed again since is asked for again.
    for (const [key, nth] of asked) if (this.changed.get(key) === nth) this.changed.delete(key);
    this.offers.add(added, edition);
    for (const offer of changed) this.offers.remember(offer);
    this.offers.keep(new Set(this.booked.keys()));
    this.facts.ask(askedBy(rollouts));
    this.plan();
  }

  private async bookedOf({ rollout, image }: KnownRollout): Promise<BookedRollout> {
    const targets = rollout.phases.flatMap((phase) => (phase.kind === 'target' ? [phase.target] : []));
    const phaseTargets = new Map<string, ResolvedFilter>();
    for (const text of targets) phaseTargets.set(text, await this.filters.readKept(text));
    const startsAt = rollout.startsAt && rollout.startsAt.getTime() * 1_000;
    return {
      rollout,
      image,
      rule: {
        state: rollout.state,
        schedule: { startsAt, windows: rollout.windows },
        phases: rollout.phases,
        phaseIndex: rollout.phaseIndex,
        attemptsPerDevice: rollout.attemptsPerDevice,
      },
      asks: askedFacts([], valuesAskedBy(rollout)),
      target: rollout.target === null ? EVERYTHING : await this.filters.readKept(rollout.target),
      phaseTargets,
      full: whyNoRoom(rollout),
    };
  }

  private plan(): void {
    this.devicePlans = new BoundedCache(PLANS_REMEMBERED);
    this.catalog.withdraw(this.withdrawn());
    const byType = groupedBy(
      [...this.booked.values()].filter(isPlanned),
      ({ rollout }) => rollout.deviceType,
    );
    this.plans = new Map(
      [...byType].map(([deviceType, ofType]) => {
        const planned = ofType.flatMap(({ rollout: { id, state, allowDowngrade, firmwareId } }) => {
          const isStopped = state === 'paused' || state === 'halted';
          const release = this.catalog.findOfferable(firmwareId);
          const isFinished = state === 'finished';
          return release ? [{ release, rollout: { id, allowDowngrade, isStopped, isFinished } }] : [];
        });
        const isAny = planned.length > 0;
        return [
          deviceType,
          isAny ? plannedReleases(this.catalog.planOf(deviceType), planned) : null,
        ] as const;
      }),
    );
  }

  /** Firmware whose last rollout was stopped, and that nothing else has brought into force. */
  private withdrawn(): ReadonlySet<number> {
    const stopped = new Set<number>();
    for (const [firmwareId, ofFirmware] of this.byFirmware) {
      const last = ofFirmware.at(-1)?.rollout.state;
      const isStopped = last === 'halted' || last === 'aborted';
      const isInForce = ofFirmware.some(({ rollout }) => rollout.state === 'finished');
      if (isStopped && !isInForce && this.catalog.findFile(firmwareId)?.isStable !== true)
        stopped.add(firmwareId);
    }
    return stopped;
  }
}

/** Whether it says what devices are offered. The firmware of one that finished for everybody is stable. */
const isPlanned = ({ rollout: { state, target } }: KnownRollout): boolean =>
  TOLD.has(state) || (state === 'finished' && target !== null);

/** What must be known of devices when they check. */
function askedBy(rollouts: readonly BookedRollout[]): AskedFacts {
  const planned = rollouts.filter(isPlanned);
  return askedFacts(
    planned.flatMap(({ target, phaseTargets }) => [target, ...phaseTargets.values()]),
    planned.flatMap(({ asks }) => [...asks.values]),
  );
}

function valuesAskedBy({ windows, timeZone, allowDowngrade }: Rollout): string[] {
  return [
    ...(windows.length > 0 && timeZone === null ? [TIME_ZONE] : []),
    ...(allowDowngrade ? [SECURE_VERSION] : []),
  ];
}
