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
import type { PlannedRelease } from '../domain/release-plan.js';
import {
  PersonalPlans,
  ReleaseCatalog,
  type Release,
  type RunningFirmware,
} from '../releases/releases.exports.js';
import { isPlanned, type BookedRollout, type KnownRollout } from './booked-rollout.js';
import { groupedBy } from './grouped-by.js';
import { KnownOffers } from './known-offers.js';
import { RolloutDeviceRepository, type RememberedOffer } from './record/rollout-device.repository.js';
import { RolloutPlans, type DevicePlan } from './rollout-plans.js';
import { whyNoRoom } from './record/rollout-constants.js';
import { ROLLOUT_CHANGED, RolloutRepository, type Rollout } from './record/rollout.repository.js';

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
  private readonly plans: RolloutPlans;
  /** Filters of the rollouts, by what they say: what is known of one holds until it says something else. */
  private knownFilters: ReadonlyMap<string, ResolvedFilter> = new Map();

  constructor(
    @Inject(APP_CONFIG) { limits }: AppConfig,
    private readonly rollouts: RolloutRepository,
    private readonly devices: RolloutDeviceRepository,
    private readonly filters: FilterReader,
    private readonly facts: FactsInMemory,
    private readonly catalog: ReleaseCatalog,
    changes: ChangeFeed,
    tasks: PeriodicTasks,
    personalPlans: PersonalPlans,
  ) {
    this.plans = new RolloutPlans(catalog);
    personalPlans.use((deviceType) => this.planOf(deviceType));
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
  planFor(running: RunningFirmware): DevicePlan | null {
    return this.plans.planFor(running);
  }

  /** What the devices of a type may be offered, newest first; null: no rollout concerns them. */
  planOf(deviceType: string): readonly PlannedRelease<Release>[] | null {
    return this.plans.planOf(deviceType);
  }

  /** Offers changed in a transaction of this process, or may have. */
  private note(payload: string | null): void {
    if (payload === null) {
      this.offers.forgetAll();
      return;
    }
    const [id = '', devices = ''] = payload.split(':');
    if (devices === '*') this.offers.forget(Number(id));
    else if (devices !== '') this.doubt(Number(id), devices.split(',').map(Number));
  }

  /**
   * What became of these offers is about to be committed, or has been: whoever checks meanwhile has the database asked.
   * A device may check as soon as its report is answered, before the database tells anybody.
   */
  doubt(rolloutId: number, deviceIds: readonly number[]): void {
    for (const deviceId of deviceIds) {
      this.changed.set(`${rolloutId}:${deviceId}`, ++this.changes);
      this.doubtEarlierFailure(rolloutId, deviceId);
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
    const filters = new Map<string, ResolvedFilter>();
    for (const known of await this.knownNow()) rollouts.push(await this.bookedOf(known, filters));
    this.knownFilters = filters;
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
    this.plans.take(rollouts);
  }

  /** @param filters of the rollouts that were read before, and of this one then */
  private async bookedOf(
    { rollout, image }: KnownRollout,
    filters: Map<string, ResolvedFilter>,
  ): Promise<BookedRollout> {
    const filterOf = async (text: string): Promise<ResolvedFilter> => {
      const filter = await this.filters.readKept(text);
      const said = JSON.stringify(filter);
      const known = this.knownFilters.get(said) ?? filter;
      filters.set(said, known);
      return known;
    };
    const targets = rollout.phases.flatMap((phase) => (phase.kind === 'target' ? [phase.target] : []));
    const phaseTargets = new Map<string, ResolvedFilter>();
    for (const text of targets) phaseTargets.set(text, await filterOf(text));
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
      target: rollout.target === null ? EVERYTHING : await filterOf(rollout.target),
      phaseTargets,
      full: whyNoRoom(rollout),
    };
  }
}

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
