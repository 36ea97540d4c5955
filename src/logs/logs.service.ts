import { Inject, Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { APP_CONFIG, type AppConfig } from '../config/app-config.js';
import { DatabaseClock } from '../database/database-clock.js';
import { refersToNothing } from '../database/database-error.js';
import { GroupCommit } from '../database/group-commit.js';
import type { Outcome } from '../database/settle-batch.js';
import { Shards } from '../database/shards.js';
import { batchLimits } from '../database/transaction.js';
import { DevicesService, type DeviceAttempt } from '../devices/devices.service.js';
import { UpdateLoops, type LoopingDevice } from '../devices/devices.exports.js';
import { DomainError } from '../domain/errors.js';
import { isEnded, type AttemptStatus } from '../domain/ota-attempt.js';
import { failureKindOf } from '../domain/rollout/failure-kind.js';
import type { Principal } from '../domain/principal.js';
import { EventLog } from '../events/events.exports.js';
import { ReleaseCatalog } from '../releases/releases.exports.js';
import { Metrics } from '../metrics/metrics.js';
import { LoadMonitor } from '../overload/load-monitor.js';
import { AttemptObservers } from './attempt-observers.js';
import { LogsRepository, type LogFilter, type LogPage } from './logs.repository.js';
import { attemptEvent } from './on-record.js';
import {
  planAttempts,
  type Attempt,
  type AttemptKey,
  type AttemptPlan,
  type DeviceReport,
  type Offer,
  type StatedReport,
} from './plan-attempts.js';
import { WaitingOffers } from './waiting-offers.js';

export type { Offer, StatedReport };

/** The attempt that a report went to, and where it stands. */
export interface ReportReceipt {
  readonly id: number;
  readonly status: AttemptStatus;
}

/** Two batches: one works while the other waits for the disk. */
const GROUPED = { maxBatch: 512, inFlight: 2 };
/** A transaction for each report, as many as there are connections to the database. */
const ALONE = { maxBatch: 1, inFlight: 10 };
/** Batches of shards: while some nodes write, others are asked; the rest of the connections is for checks and people. */
const IN_FLIGHT_OF_SHARDS = 6;
const LOCKED_RETRY_MS = 500;
/** Attempts that an offer may have to look back on. */
const HISTORY_OF_OFFER = 64;

@Injectable()
export class LogsService {
  private readonly reports: GroupCommit<DeviceReport, ReportReceipt>;

  constructor(
    @Inject(APP_CONFIG) { groupCommit, limits }: AppConfig,
    private readonly logs: LogsRepository,
    private readonly catalog: ReleaseCatalog,
    private readonly devices: DevicesService,
    private readonly offers: WaitingOffers,
    private readonly clock: DatabaseClock,
    private readonly metrics: Metrics,
    private readonly loops: UpdateLoops,
    private readonly events: EventLog,
    private readonly observers: AttemptObservers,
    load: LoadMonitor,
    shards: Shards,
  ) {
    load.watchQueue('reports', () => this.depth, limits.reportCapacity / 2);
    const grouping = groupCommit ? GROUPED : ALONE;
    this.reports = new GroupCommit({
      ...grouping,
      inFlight: () => (shards.isDistributed ? IN_FLIGHT_OF_SHARDS : grouping.inFlight),
      groupOf: ({ deviceId }) => shards.of(deviceId),
      capacity: limits.reportCapacity,
      deadlineMs: limits.reportDeadlineMs,
      lockedRetryMs: LOCKED_RETRY_MS,
      keyOf: ({ deviceId }) => deviceId,
      commit: (batch, isCareful) => this.commit(batch, isCareful),
    });
  }

  /** Reports that wait for a transaction. */
  get depth(): number {
    return this.reports.depth;
  }

  /**
   * Creates or updates the log of the attempt that a report belongs to. When this resolves, it is committed.
   * @throws DomainError FIRMWARE_NOT_FOUND, OVERLOADED, with nothing written
   * @throws DeadlinePassed, or the database's trouble: the report must be sent again
   */
  async report(report: StatedReport): Promise<ReportReceipt> {
    const receipt = await this.commitWithOthers({ ...report, at: this.clock.now() });
    if (report.status === 'success') await this.loops.untilHeard(report);
    return receipt;
  }

  private async commitWithOthers(report: DeviceReport): Promise<ReportReceipt> {
    try {
      return await this.reports.add(report);
    } catch (error) {
      // It was deleted a moment ago, and the catalog has not heard of it yet.
      throw refersToNothing(error) ? unknownFirmware(report) : error;
    }
  }

  list(_principal: Principal, filter: LogFilter, skip: number, limit: number): Promise<LogPage> {
    return this.logs.list(filter, skip, limit);
  }

  /** Devices of which an attempt at a firmware failed, whatever came after. */
  findFailedWith(manager: EntityManager, firmwareId: number): Promise<number[]> {
    return this.logs.findFailedWith(manager, firmwareId);
  }

  /** Those of these devices whose last attempt at a firmware failed, and not for a reason that passes. */
  async findRejecting(
    manager: EntityManager,
    firmwareId: number,
    deviceIds: readonly number[],
  ): Promise<ReadonlySet<number>> {
    const asked = deviceIds.map((deviceId) => ({ deviceId, firmwareId, depth: 1 }));
    const attempts = await this.logs.findHistories(manager, asked);
    const rejecting = attempts.filter(({ record: { state } }) => {
      const hasBegun = state.downloadCompletedAt !== null;
      return state.status === 'failed' && failureKindOf(state.errorMessage, hasBegun) !== 'passing';
    });
    return new Set(rejecting.map(({ deviceId }) => deviceId));
  }

  /**
   * The offers of these devices that wait to be written. Those of a device whose reports are under way wait on: the
   * reports came first, and take what came before them along.
   */
  offersToWrite(deviceIds: readonly number[]): Offer[] {
    const reporting = this.reports.keysNow();
    return deviceIds.flatMap((deviceId) => (reporting.has(deviceId) ? [] : this.offers.of(deviceId)));
  }

  /** Opens the attempts of offers. The devices' rows are locked by then. */
  async recordOffers(manager: EntityManager, offers: readonly Offer[]): Promise<void> {
    const registered = await this.catalog.findRegistered(offers.map(({ firmwareId }) => firmwareId));
    const known = offers.filter(({ firmwareId }) => registered.has(firmwareId));
    if (known.length === 0) return;
    const { news } = await this.write(manager, known, []);
    this.loops.note(await this.devices.recordOffers(manager, news));
  }

  private async commit(
    batch: readonly DeviceReport[],
    isCareful: boolean,
  ): Promise<Outcome<ReportReceipt>[]> {
    const registered = await this.catalog.findRegistered(batch.map(({ firmwareId }) => firmwareId));
    const known = batch.filter(({ firmwareId }) => registered.has(firmwareId));
    if (known.length === 0) return batch.map(refusal);
    const commit = (isAdding: boolean): Promise<Committed | null> =>
      this.logs.transaction(
        (manager) => this.commitIn(manager, known, isCareful, isAdding),
        batchLimits(isCareful),
      );
    const { receipts, offers, looping } = (await commit(false)) ?? (await commit(true)) ?? NOTHING;
    this.offers.settle(offers);
    this.loops.note(looping);
    this.metrics.batchSize.observe(batch.length, 'reports');
    for (const [report, { status }] of receipts) {
      this.metrics.reports.add(1, status);
      if (isEnded(report.status)) this.devices.noteEnd(report.deviceId, report.at);
    }
    return batch.map((report): Outcome<ReportReceipt> => {
      const result = receipts.get(report);
      if (result) return { kind: 'done', result };
      return registered.has(report.firmwareId) ? LOCKED : refusal(report);
    });
  }

  /**
   * @param batch at firmware that is registered
   * @param isAdding adds the devices that are not on record
   * @returns null if there are some, and nothing was written
   */
  private async commitIn(
    manager: EntityManager,
    batch: readonly DeviceReport[],
    isCareful: boolean,
    isAdding: boolean,
  ): Promise<Committed | null> {
    const locked = await this.lockedAmong(manager, isCareful ? batch : []);
    const reports = batch.filter(({ deviceId }) => !locked.has(deviceId));
    const offers = this.offersBefore(reports);
    const receipts = new Map<DeviceReport, ReportReceipt>();
    if (reports.length === 0) return NOTHING;
    const devices = await this.devices.lockReporting(
      manager,
      reports.map(({ deviceId }) => deviceId),
      isAdding,
    );
    if (devices === null) return null;
    const { results, news } = await this.write(manager, offers, reports);
    for (const { report, attempt, status } of results) receipts.set(report, { id: attempt.id, status });
    return { receipts, offers, looping: await this.devices.recordReports(manager, devices, news) };
  }

  private lockedAmong(
    manager: EntityManager,
    reports: readonly DeviceReport[],
  ): Promise<ReadonlySet<number>> {
    if (reports.length === 0) return Promise.resolve(new Set());
    return this.devices.lockFree(
      manager,
      reports.map(({ deviceId }) => deviceId),
    );
  }

  /** Offers that no transaction has written yet, and that these reports are on. */
  private offersBefore(reports: readonly DeviceReport[]): Offer[] {
    const found = new Set<Offer>();
    for (const { deviceId, firmwareId, at } of reports) {
      for (const offer of this.offers.of(deviceId)) {
        if (offer.firmwareId === firmwareId && offer.at <= at) found.add(offer);
      }
    }
    return [...found];
  }

  private async write(
    manager: EntityManager,
    offers: readonly Offer[],
    reports: readonly DeviceReport[],
  ): Promise<{ results: AttemptPlan['results']; news: readonly DeviceAttempt[] }> {
    const keys = new Map<string, AttemptKey & { depth: number }>();
    for (const { deviceId, firmwareId } of reports)
      keys.set(`${deviceId}:${firmwareId}`, { deviceId, firmwareId, depth: 1 });
    for (const { deviceId, firmwareId } of offers)
      keys.set(`${deviceId}:${firmwareId}`, { deviceId, firmwareId, depth: HISTORY_OF_OFFER });
    const recorded = await this.logs.findHistories(manager, [...keys.values()]);
    const before = new Map(recorded.map((attempt) => [attempt, attempt.record.state.status]));
    const plan = planAttempts(offers, reports, recorded);
    await this.logs.writeAttempts(manager, plan, before);
    const moved = [...plan.changed, ...plan.opened].filter(
      (attempt) => attempt.record.state.status !== before.get(attempt),
    );
    await this.events.record(manager, moved.map(attemptEvent));
    const news = newsOf(plan, before);
    await this.observers.tell(
      manager,
      news.filter(({ isMoved }) => isMoved),
    );
    return { results: plan.results, news };
  }
}

/** What is new of attempts, in the order of its time. */
function newsOf(
  { changed, opened }: AttemptPlan,
  before: ReadonlyMap<Attempt, AttemptStatus>,
): DeviceAttempt[] {
  return [...changed, ...opened]
    .sort((a, b) => a.record.changedAt - b.record.changedAt)
    .map((attempt) => {
      const { state, changedAt } = attempt.record;
      const { status, errorMessage } = state;
      const isMoved = before.get(attempt) !== status;
      const isInstalled = status === 'success' && isMoved;
      const hasBegunToInstall = state.downloadCompletedAt !== null;
      const { deviceId, firmwareId } = attempt;
      const news = { status, errorMessage, changedAt, isInstalled, hasBegunToInstall, isMoved };
      return { deviceId, firmwareId, ...news };
    });
}

/** What a transaction of reports has come to. */
interface Committed {
  /** None for a device whose row is locked. */
  readonly receipts: ReadonlyMap<DeviceReport, ReportReceipt>;
  /** Those that were written with the reports. */
  readonly offers: readonly Offer[];
  readonly looping: readonly LoopingDevice[];
}

const NOTHING: Committed = { receipts: new Map(), offers: [], looping: [] };

const LOCKED: Outcome<never> = { kind: 'locked', reason: new Error("The device's row is locked.") };

const refusal = (report: DeviceReport): Outcome<never> => ({
  kind: 'refused',
  reason: unknownFirmware(report),
});

const unknownFirmware = ({ firmwareId }: DeviceReport): DomainError =>
  new DomainError('FIRMWARE_NOT_FOUND', `There is no firmware with the id ${firmwareId}.`);
