import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { DatabaseClock } from '../database/database-clock.js';
import { PLAIN } from '../domain/device-access.js';
import {
  loopingFirmware,
  NO_PROGRESS,
  progressAfter,
  type AttemptNews,
  type DeviceProgress,
} from '../domain/device-update.js';
import type { Instant } from '../domain/instant.js';
import { EventLog } from '../events/events.exports.js';
import type { RunningFirmware } from '../releases/releases.exports.js';
import { recordOf, type DeviceRecord } from './device-record.js';
import { DeviceAccess } from './identity/device-access.service.js';
import { sightingEvents } from './on-record.js';
import { RecentCheckIns, type DeviceState } from './recent-check-ins.js';
import { DeviceDescriptionRepository, type DeviceLabels } from './record/device-description.repository.js';
import { DeviceProgressRepository, type LoopingDevice } from './record/device-progress.repository.js';
import { DeviceSightingRepository } from './record/device-sighting.repository.js';
import { DeviceRepository, type UnconfirmedDevice } from './record/device.repository.js';
import type { DeviceSighting } from './record/sightings.js';
import { SightingObservers } from './sighting-observers.js';

export type { DeviceLabels, DeviceRecord, DeviceSighting, DeviceState };

/** What has become of an attempt of a device. */
export interface DeviceAttempt extends AttemptNews {
  readonly deviceId: number;
  /** It has reported that it installs, in this attempt. */
  readonly hasBegunToInstall: boolean;
  /** Its status is another than before. */
  readonly isMoved: boolean;
}

/** About 20 MB at the most. */
const DEVICES_REMEMBERED = 100_000;
/** How far `last_seen_at` may be behind, when a device says nothing new. In microseconds. */
const FRESH_US = 5 * 60_000_000;

/** Different things that devices run: see FleetQueries. */
const MOST_DIFFERENT = 10_000;

/** The registry of devices: who has ever asked or reported. */
@Injectable()
export class DevicesService {
  /** In this process; others write what they see for themselves. */
  private readonly recent = new RecentCheckIns(DEVICES_REMEMBERED, FRESH_US);

  constructor(
    private readonly devices: DeviceRepository,
    private readonly sightings: DeviceSightingRepository,
    private readonly progress: DeviceProgressRepository,
    private readonly descriptions: DeviceDescriptionRepository,
    private readonly access: DeviceAccess,
    private readonly events: EventLog,
    private readonly observers: SightingObservers,
    private readonly clock: DatabaseClock,
  ) {}

  /** @returns null of a device that is not on record */
  async find(deviceId: number): Promise<DeviceRecord | null> {
    const row = await this.devices.findOne(deviceId);
    return row && recordOf(row, this.access.stateOf(deviceId));
  }

  /** What operators say of those of these devices that are on record. */
  findLabels(
    manager: EntityManager,
    deviceIds: readonly number[],
  ): Promise<ReadonlyMap<number, DeviceLabels>> {
    return this.descriptions.findLabels(manager, deviceIds);
  }

  /** The last boots of those of these devices that are on record and have told of any. */
  findBootIds(manager: EntityManager, deviceIds: readonly number[]): Promise<Map<number, number[]>> {
    return this.sightings.findBootIds(manager, deviceIds);
  }

  /** What the devices run that check, of all types. */
  findRunning(): Promise<RunningFirmware[]> {
    return this.sightings.findRunning(MOST_DIFFERENT);
  }

  /** Whether a check says what was written a short while ago, so that it need not be written again. */
  isOnRecord(state: DeviceState, now: Instant): boolean {
    return this.recent.has(state, now);
  }

  /**
   * A check has been committed.
   * @param isNewest whether it is on record; otherwise a later one is, of which this process knows nothing
   */
  noteCheckIn(state: DeviceState, at: Instant, isNewest: boolean): void {
    if (isNewest) this.recent.written(state, at);
    else this.recent.doubt(state.deviceId);
  }

  /**
   * Of checks that were not written because they were {@link isOnRecord}: those that are not, since somebody else has
   * written another check, or the end of an attempt. They are not taken for written any more.
   */
  async findOverwritten<C extends DeviceState & { readonly at: Instant }>(
    checks: readonly C[],
  ): Promise<C[]> {
    const believed = checks.flatMap((check) => {
      const writtenAt = this.recent.timeOf(check.deviceId);
      return writtenAt !== null && writtenAt < check.at ? { check, writtenAt } : [];
    });
    if (believed.length === 0) return [];
    const overwritten = await this.sightings.findOverwritten(
      believed.map(({ check: { deviceId }, writtenAt }) => ({ deviceId, writtenAt })),
    );
    const isOutdated = ({ check, writtenAt }: (typeof believed)[number]): boolean =>
      // Unless this process has written something meanwhile.
      this.recent.timeOf(check.deviceId) === writtenAt &&
      (overwritten.has(check.deviceId) || !this.recent.has(check, check.at));
    const outdated = believed.filter(isOutdated).map(({ check }) => check);
    for (const { deviceId } of outdated) this.recent.doubt(deviceId);
    return outdated;
  }

  /** The end of an attempt has been committed. */
  noteEnd(deviceId: number, at: Instant): void {
    this.recent.attemptEnded(deviceId, at);
  }

  /**
   * Devices that checked, and what they run. Each device at most once.
   * @returns the devices of which no later check is on record
   */
  async recordCheckIns(
    manager: EntityManager,
    sightings: readonly DeviceSighting[],
  ): Promise<ReadonlySet<number>> {
    if (sightings.length === 0) return new Set();
    const ids = sightings.map(({ deviceId }) => deviceId);
    const before = await this.sightings.findWhatRuns(manager, ids);
    const written = await this.sightings.upsertSightings(manager, sightings, this.clock.now());
    const newest = sightings.filter(({ deviceId }) => written.has(deviceId));
    await this.events.record(manager, sightingEvents(newest, before));
    await this.observers.tell(manager, newest);
    return written;
  }

  /**
   * Locks the rows of devices that report, some perhaps several times, until the transaction ends, so that the reports of
   * each are handled one after the other.
   * @param isAdding adds those that are not on record, before any other is locked
   * @returns null if one is not on record: the transaction must begin again, adding, so that all lock in one order
   */
  async lockReporting(
    manager: EntityManager,
    deviceIds: readonly number[],
    isAdding: boolean,
  ): Promise<Map<number, DeviceProgress> | null> {
    const ids = [...new Set(deviceIds)];
    if (isAdding) await this.progress.lockOrAdd(manager, ids);
    const known = await this.progress.lockProgress(manager, ids);
    return known.size < ids.length ? null : known;
  }

  /**
   * Devices that report, as {@link lockReporting} found them, and what became of their attempts, in the order of time.
   * Writes each row once.
   * @returns devices that have installed one firmware so often that they are not to be offered it again
   */
  async recordReports(
    manager: EntityManager,
    known: ReadonlyMap<number, DeviceProgress>,
    attempts: readonly DeviceAttempt[],
  ): Promise<LoopingDevice[]> {
    const next = afterAttempts(known, attempts);
    await this.progress.writeProgress(manager, known, next, this.clock.now(), true);
    return loopingAmong(attempts, next);
  }

  /** What offers that became known late made of attempts, in the order of time. The devices' rows are locked by then. */
  async recordOffers(manager: EntityManager, attempts: readonly DeviceAttempt[]): Promise<LoopingDevice[]> {
    if (attempts.length === 0) return [];
    const ids = new Set(attempts.map(({ deviceId }) => deviceId));
    const known = await this.progress.lockProgress(manager, [...ids]);
    const next = afterAttempts(known, attempts);
    const changed = new Map([...next].filter(([deviceId, progress]) => progress !== known.get(deviceId)));
    if (changed.size > 0) await this.progress.writeProgress(manager, known, changed, this.clock.now(), false);
    return loopingAmong(attempts, next);
  }

  /** The firmware of which these devices' installations are counted at present. */
  countedInstallations(manager: EntityManager, deviceIds: readonly number[]): Promise<LoopingDevice[]> {
    return this.progress.findCounted(manager, [...new Set(deviceIds)]);
  }

  /** Locks the rows of devices until the transaction ends. @returns those that are on record */
  async lock(manager: EntityManager, deviceIds: readonly number[]): Promise<ReadonlySet<number>> {
    return new Set(deviceIds.length > 0 ? await this.devices.lock(manager, deviceIds) : []);
  }

  /** Devices that are not known to have come back or to have installed anything. */
  countUnconfirmed(): Promise<number> {
    return this.devices.countUnconfirmed();
  }

  /** The oldest of them that nobody else has locked; their rows stay locked until the transaction ends. */
  async lockOldestUnconfirmed(manager: EntityManager, limit: number): Promise<UnconfirmedDevice[]> {
    const oldest = await this.devices.lockOldestUnconfirmed(manager, limit);
    // Nobody invents a device that has an identity, or that somebody has decided about.
    const isKnown = (id: number): boolean => this.access.stateOf(id) !== PLAIN;
    return oldest.map(({ id, isConfirmed }) => ({ id, isConfirmed: isConfirmed || isKnown(id) }));
  }

  /** They need not be looked at again. Their rows are locked by then. */
  async confirm(manager: EntityManager, deviceIds: readonly number[]): Promise<void> {
    if (deviceIds.length > 0) await this.devices.confirm(manager, deviceIds);
  }

  /** Devices were forgotten: what they say next is not on record, whatever this process remembers. */
  forgetRecent(): void {
    this.recent.clear();
  }

  /** Deletes devices whose rows are locked and that have no attempts any more. */
  async forget(manager: EntityManager, deviceIds: readonly number[]): Promise<void> {
    if (deviceIds.length > 0) await this.devices.delete(manager, deviceIds);
  }

  /** Locks the rows that nobody else has locked. @returns the devices whose rows somebody else has locked */
  async lockFree(manager: EntityManager, deviceIds: readonly number[]): Promise<ReadonlySet<number>> {
    return new Set(await this.devices.lockFree(manager, [...new Set(deviceIds)]));
  }
}

function afterAttempts(
  known: ReadonlyMap<number, DeviceProgress>,
  attempts: readonly DeviceAttempt[],
): Map<number, DeviceProgress> {
  const next = new Map(known);
  for (const attempt of attempts) {
    const progress = next.get(attempt.deviceId) ?? NO_PROGRESS;
    next.set(attempt.deviceId, progressAfter(progress, attempt));
  }
  return next;
}

/** Of those that have installed something just now. */
function loopingAmong(
  attempts: readonly DeviceAttempt[],
  progress: ReadonlyMap<number, DeviceProgress>,
): LoopingDevice[] {
  const installing = new Set(
    attempts.filter(({ isInstalled }) => isInstalled).map(({ deviceId }) => deviceId),
  );
  return [...installing].flatMap((deviceId) =>
    loopingFirmware(progress.get(deviceId)?.successes ?? null).map((firmwareId) => ({
      deviceId,
      firmwareId,
    })),
  );
}
