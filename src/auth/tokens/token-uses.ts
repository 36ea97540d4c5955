import { Inject, Injectable, type BeforeApplicationShutdown } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { APP_CONFIG, type AppConfig } from '../../config/app-config.js';
import { allDone } from '../../database/settle-batch.js';
import { WriteBehind } from '../../database/write-behind.js';
import { Metrics } from '../../metrics/metrics.js';
import { ApiTokenRepository, type TokenUse } from './api-token.repository.js';

/** A token's uses within this time count as one. */
const PAUSE_MS = 60_000;
const CAPACITY = 10_000;

/** Notes when tokens were last used, without making a request wait for the database. */
@Injectable()
export class TokenUses implements BeforeApplicationShutdown {
  private readonly queue: WriteBehind<number, TokenUse>;
  private readonly recent = new LRUCache<number, true>({ max: CAPACITY, ttl: PAUSE_MS });

  constructor(@Inject(APP_CONFIG) { limits }: AppConfig, tokens: ApiTokenRepository, metrics: Metrics) {
    metrics.queueDepth.watch('token_uses', () => this.queue.depth);
    this.queue = new WriteBehind({
      name: 'uses of API tokens',
      capacity: CAPACITY,
      flushMs: limits.checkInFlushMs,
      merge: (_waiting, next) => next,
      maxBatch: CAPACITY,
      retryMs: limits.writeRetryMs,
      drainMs: limits.drainMs,
      write: async (batch, isCareful) => {
        await tokens.noteUses(batch, isCareful);
        return allDone(batch);
      },
    });
  }

  note(tokenId: number): void {
    if (this.recent.has(tokenId)) return;
    this.recent.set(tokenId, true);
    this.queue.add(tokenId, { tokenId, at: new Date() });
  }

  beforeApplicationShutdown(): Promise<void> {
    return this.queue.drain();
  }
}
