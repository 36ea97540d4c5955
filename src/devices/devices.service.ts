import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { PLAIN } from '../domain/device-access.js';
import type { Instant } from '../domain/instant.js';
import { RecentCheckIns, type DeviceState } from './recent-check-ins.js';
import { EventLog } from '../events/events.exports.js';
import { DeviceAccess } from './identity/device-access.service.js';
import { sightingEvents } from './on-record.js';
import {
  DeviceRepository,
  type DeviceSighting,
  type LoopingDevice,
  type UnconfirmedDevice,
} from './device.repository.js';

export type { DeviceSighting, DeviceState };

/** About 20 MB at the most. */
const DEVICES_REMEMBERED = 100_000;
/** How far `last_seen_at` may be behind, when a device says nothing new. In microseconds. */
const FRESH_US = 5 * 60_000_000;

/** The registry of devices: who has ever asked or reported. */
@Injectable()
export class DevicesService {
  /** In this process; others write what they see for themselves. */
  private readonly recent = new RecentCheckIns(DEVICES_REMEMBERED, FRESH_US);

  constructor(
    private readonly devices: DeviceRepository,
    private readonly access: DeviceAccess,
    private readonly events: EventLog,
  ) {}

  /** Whether a check says what was written a short while ago, so that it need not be written again. */
  isOnRecord(state: DeviceState, now: Instant): boolean {
    return this.recent.has(state, now);
  }

  /** A check has been committed. */
  noteCheckIn(state: DeviceState, at: Instant): void {
    this.recent.written(state, at);
  }

  /** The end of an attempt has been committed. */
  noteEnd(deviceId: number, at: Instant): void {
    this.recent.attemptEnded(deviceId, at);
  }

  /** Devices that checked, and what they run. Each device at most once. */
  async recordCheckIns(manager: EntityManager, sightings: readonly DeviceSighting[]): Promise<void> {
    if (sightings.length === 0) return;
    const ids = sightings.map(({ deviceId }) => deviceId);
    const before = await this.devices.findRunning(manager, ids);
    await this.devices.upsertSightings(manager, sightings);
    await this.events.record(manager, sightingEvents(sightings, before));
  }

  /**
   * Attempts that have ended in success, in order. Their devices' rows are locked by then.
   * @returns the devices that have installed one firmware so often that they are not to be offered it again
   */
  recordSuccesses(manager: EntityManager, successes: readonly LoopingDevice[]): Promise<LoopingDevice[]> {
    const byDevice = new Map<number, Map<number, number>>();
    for (const { deviceId, firmwareId } of successes) {
      const counts = byDevice.get(deviceId) ?? new Map<number, number>();
      byDevice.set(deviceId, counts.set(firmwareId, (counts.get(firmwareId) ?? 0) + 1));
    }
    const rows = [...byDevice].map(([deviceId, counts]) => ({ deviceId, counts }));
    return this.devices.addSuccesses(manager, rows);
  }

  /** The firmware of which these devices' installations are counted at present. */
  countedInstallations(manager: EntityManager, deviceIds: readonly number[]): Promise<LoopingDevice[]> {
    return this.devices.findCounted(manager, [...new Set(deviceIds)]);
  }

  /**
   * Devices that report, some perhaps several times. Their rows stay locked until the transaction ends, so that the
   * reports of each are handled one after the other.
   */
  recordReports(manager: EntityManager, deviceIds: readonly number[]): Promise<void> {
    return this.devices.upsertSeen(manager, [...new Set(deviceIds)]);
  }

  /** Locks the rows of devices until the transaction ends. */
  async lock(manager: EntityManager, deviceIds: readonly number[]): Promise<void> {
    if (deviceIds.length > 0) await this.devices.lock(manager, deviceIds);
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

  /** Deletes devices whose rows are locked and that have no attempts any more. */
  async forget(manager: EntityManager, deviceIds: readonly number[]): Promise<void> {
    if (deviceIds.length > 0) await this.devices.delete(manager, deviceIds);
  }

  /** Locks the rows that nobody else has locked. @returns the devices whose rows somebody else has locked */
  async lockFree(manager: EntityManager, deviceIds: readonly number[]): Promise<ReadonlySet<number>> {
    return new Set(await this.devices.lockFree(manager, [...new Set(deviceIds)]));
  }
}
