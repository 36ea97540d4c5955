import { Inject, Injectable, type BeforeApplicationShutdown } from '@nestjs/common';
import { APP_CONFIG, type AppConfig } from '../config/app-config.js';
import { allDone } from '../database/settle-batch.js';
import { WriteBehind } from '../database/write-behind.js';
import type { Principal } from '../domain/principal.js';
import { Metrics } from '../metrics/metrics.js';
import { DownloadRepository, type DownloadCount } from './download.repository.js';

/** Counts downloads without making one wait for the database. */
@Injectable()
export class DownloadCounter implements BeforeApplicationShutdown {
  private readonly queue: WriteBehind<number, DownloadCount>;

  constructor(
    @Inject(APP_CONFIG) { limits }: AppConfig,
    private readonly counts: DownloadRepository,
    metrics: Metrics,
  ) {
    metrics.queueDepth.watch('download_counts', () => this.queue.depth);
    this.queue = new WriteBehind({
      name: 'download counts',
      capacity: limits.checkInCapacity,
      flushMs: limits.checkInFlushMs,
      merge: (waiting, next) => ({ ...next, downloads: waiting.downloads + next.downloads }),
      maxBatch: limits.checkInCapacity,
      retryMs: limits.writeRetryMs,
      drainMs: limits.drainMs,
      write: async (batch, isCareful) => {
        await counts.add(batch, isCareful);
        return allDone(batch);
      },
    });
  }

  countStart(firmwareId: number): void {
    this.queue.add(firmwareId, { firmwareId, downloads: 1 });
  }

  async countOf(
    _principal: Principal,
    firmwareId: number,
  ): Promise<{ downloads: number; lastDownloadAt: Date | null }> {
    return (await this.counts.findByFirmware(firmwareId)) ?? { downloads: 0, lastDownloadAt: null };
  }

  beforeApplicationShutdown(): Promise<void> {
    return this.queue.drain();
  }
}
