import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { RecentCheckIns, type DeviceState } from './recent-check-ins.js';
import { DeviceRepository, type DeviceSighting, type LoopingDevice } from './device.repository.js';

export type { DeviceSighting, DeviceState };

/** About 20 MB at the most. */
const DEVICES_REMEMBERED = 100_000;
/** How far `last_seen_at` may be behind, when a device says nothing new. */
const FRESH_MS = 5 * 60_000;

/** The registry of devices: who has ever asked or reported. */
@Injectable()
export class DevicesService {
  /** In this process; others write what they see for themselves. */
  private readonly recent = new RecentCheckIns(DEVICES_REMEMBERED, FRESH_MS);

  constructor(private readonly devices: DeviceRepository) {}

  /** Whether a check says what was written a short while ago, so that it need not be written again. */
  isOnRecord(state: DeviceState, now: number): boolean {
    return this.recent.has(state, now);
  }

  /** A check of `at` (`performance.now()`) has been committed. */
  noteCheckIn(state: DeviceState, at: number): void {
    this.recent.written(state, at);
  }

  /** The end of an attempt has been committed. */
  noteEnd(deviceId: number): void {
    this.recent.attemptEnded(deviceId, performance.now());
  }

  /** Devices that checked, and what they run. Each device at most once. */
  recordCheckIns(manager: EntityManager, sightings: readonly DeviceSighting[]): Promise<void> {
    return this.devices.upsertSightings(manager, sightings);
  }

  /**
   * Attempts that have ended in success, in order. Their devices' rows are locked by then.
   * @returns the devices that have installed one firmware so often that they are not to be offered it again
   */
  recordSuccesses(manager: EntityManager, successes: readonly LoopingDevice[]): Promise<LoopingDevice[]> {
    const counts = new Map<number, { firmwareId: number; count: number }>();
    for (const { deviceId, firmwareId } of successes) {
      const known = counts.get(deviceId);
      const count = known?.firmwareId === firmwareId ? known.count + 1 : 1;
      counts.set(deviceId, { firmwareId, count });
    }
    const rows = [...counts].map(([deviceId, counted]) => ({ deviceId, ...counted }));
    return this.devices.addSuccesses(manager, rows);
  }

  /**
   * Devices that report, some perhaps several times. Their rows stay locked until the transaction ends, so that the
   * reports of each are handled one after the other.
   * @returns the time of the reports, by the database's clock
   */
  recordReports(manager: EntityManager, deviceIds: readonly number[]): Promise<Date> {
    return this.devices.upsertSeen(manager, [...new Set(deviceIds)]);
  }
}
