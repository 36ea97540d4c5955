import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { DeviceRepository, type DeviceSighting } from './device.repository.js';

export type { DeviceSighting };

/** The registry of devices: who has ever asked or reported. */
@Injectable()
export class DevicesService {
  constructor(private readonly devices: DeviceRepository) {}

  /** Devices that checked, and what they run. Each device at most once. */
  recordCheckIns(manager: EntityManager, sightings: readonly DeviceSighting[]): Promise<void> {
    return this.devices.upsertSightings(manager, sightings);
  }

  /**
   * A device that reports. Its row stays locked until the transaction ends, so that its reports are handled one after
   * the other.
   * @returns the time of the report, by the database's clock
   */
  recordReport(manager: EntityManager, deviceId: number): Promise<Date> {
    return this.devices.upsertSeen(manager, deviceId);
  }
}
