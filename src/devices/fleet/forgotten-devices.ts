import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { ChangeFeed } from '../../database/change-feed.js';
import { DEVICE_FORGOTTEN, DeviceRepository } from '../record/device.repository.js';
import { DeviceTraces } from '../device-traces.js';
import { DevicesService } from '../devices.service.js';

/**
 * Forgets devices with all that refers to them. What decides who may speak for them stays: with its epoch, revoked tokens
 * would be in force again, and a blocked device would come back as a new one. Every server hears of it, so that a device
 * that checks again is written at once; one that hears of nothing takes it for on record for some minutes more.
 */
@Injectable()
export class ForgottenDevices {
  constructor(
    private readonly devices: DeviceRepository,
    private readonly traces: DeviceTraces,
    registry: DevicesService,
    feed: ChangeFeed,
  ) {
    const forget = (): void => {
      registry.forgetRecent();
    };
    feed.subscribe([DEVICE_FORGOTTEN], {
      onChange: forget,
      onAlive: () => undefined,
      onDeaf: () => undefined,
    });
  }

  async forget(manager: EntityManager, deviceIds: readonly number[]): Promise<void> {
    // No report can open an attempt once the rows are locked.
    await this.devices.lock(manager, deviceIds);
    await this.traces.delete(manager, deviceIds);
    await this.devices.delete(manager, deviceIds);
    await this.devices.tellForgotten(manager);
  }
}
