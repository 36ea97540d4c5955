import { Inject, Injectable, type BeforeApplicationShutdown } from '@nestjs/common';
import { APP_CONFIG, type AppConfig } from '../../config/app-config.js';
import { allDone } from '../../database/settle-batch.js';
import { WriteBehind } from '../../database/write-behind.js';
import { Metrics } from '../../metrics/metrics.js';
import { DeviceAccessRepository, type IdentityUse } from './device-access.repository.js';

const MAX_BATCH = 2_000;

/**
 * Writes down that a device has proved who it is, once for each token and certificate, without making a request wait.
 * What was not written before a power cut is written with the next request.
 */
@Injectable()
export class IdentityUses implements BeforeApplicationShutdown {
  private readonly queue: WriteBehind<number, IdentityUse>;

  constructor(@Inject(APP_CONFIG) { limits }: AppConfig, records: DeviceAccessRepository, metrics: Metrics) {
    metrics.queueDepth.watch('identity_uses', () => this.queue.depth);
    this.queue = new WriteBehind({
      name: 'first uses of identities',
      capacity: limits.checkInCapacity,
      flushMs: limits.checkInFlushMs,
      maxBatch: MAX_BATCH,
      retryMs: limits.writeRetryMs,
      drainMs: limits.drainMs,
      merge: (_, next) => next,
      write: async (batch, isCareful) => {
        await records.noteUses(batch, isCareful);
        return allDone(batch);
      },
    });
  }

  add(use: IdentityUse): void {
    this.queue.add(use.deviceId, use);
  }

  beforeApplicationShutdown(): Promise<void> {
    return this.queue.drain();
  }
}
