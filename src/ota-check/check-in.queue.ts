import { Inject, Injectable, type BeforeApplicationShutdown } from '@nestjs/common';
import { APP_CONFIG, type AppConfig } from '../config/app-config.js';
import { WriteBehind } from '../database/write-behind.js';
import { DevicesService, type DeviceState } from '../devices/devices.service.js';
import { Metrics } from '../metrics/metrics.js';
import { CheckInRepository, type CheckIn } from './check-in.repository.js';
import type { CheckQuestion } from './check-question.js';

/** Check-ins that wait to be written, one for each device; what is on record already is not written again. */
@Injectable()
export class CheckInQueue implements BeforeApplicationShutdown {
  private readonly queue: WriteBehind<number, CheckIn>;

  constructor(
    @Inject(APP_CONFIG) { limits }: AppConfig,
    private readonly repository: CheckInRepository,
    private readonly devices: DevicesService,
    private readonly metrics: Metrics,
  ) {
    metrics.queueDepth.watch('check_ins', () => this.depth);
    this.queue = new WriteBehind({
      name: 'check-ins',
      capacity: limits.checkInCapacity,
      flushMs: limits.checkInFlushMs,
      merge: (waiting, next) => ({ ...next, offers: new Map([...waiting.offers, ...next.offers]) }),
      write: (batch) => this.write(batch),
    });
  }

  /** Devices whose check-in waits. */
  get depth(): number {
    return this.queue.depth;
  }

  /**
   * @param offeredId the firmware that the check called for, if any
   * @param isWithheld whether it was not offered all the same, so that no attempt at it begins
   */
  add(question: CheckQuestion, offeredId: number | null, isWithheld = false): void {
    const at = performance.now();
    const { deviceId, deviceType, version, build } = question;
    const state = { deviceId, deviceType, version, build, offeredId };
    if (this.devices.isOnRecord(state, at)) return;
    const offers = new Map(offeredId === null || isWithheld ? [] : [[offeredId, at]]);
    this.queue.add(deviceId, { ...state, at, offers });
  }

  beforeApplicationShutdown(): Promise<void> {
    return this.queue.drain();
  }

  private async write(batch: readonly CheckIn[]): Promise<void> {
    await this.repository.write(batch);
    this.metrics.batchSize.observe(batch.length, 'check_ins');
    for (const checkIn of batch) this.devices.noteCheckIn(stateOf(checkIn), checkIn.at);
  }
}

/** Without the rest, which need not be remembered. */
function stateOf({ deviceId, deviceType, version, build, offeredId }: CheckIn): DeviceState {
  return { deviceId, deviceType, version, build, offeredId };
}
