import { Inject, Injectable, type BeforeApplicationShutdown } from '@nestjs/common';
import { APP_CONFIG, type AppConfig } from '../config/app-config.js';
import type { Outcome } from '../database/settle-batch.js';
import { batchLimits } from '../database/transaction.js';
import { WriteBehind } from '../database/write-behind.js';
import type { AuditFacts } from '../domain/audit-chain.js';
import { Metrics } from '../metrics/metrics.js';
import { AuditRepository } from './audit.repository.js';

/** Rows that may wait while the database is away; beyond, the oldest is dropped. */
const CAPACITY = 5_000;
/** Rows in one transaction: each keeps others that add one waiting. */
const MAX_BATCH = 50;
const FLUSH_MS = 50;

/**
 * Rows about what was not done in a transaction: refusals, and what devices did. They wait in a bounded queue and are
 * written in transactions of their own, so that nobody waits for them.
 */
@Injectable()
export class AuditNotes implements BeforeApplicationShutdown {
  private readonly queue: WriteBehind<number, AuditFacts>;
  private added = 0;

  constructor(
    @Inject(APP_CONFIG) { limits }: AppConfig,
    private readonly rows: AuditRepository,
    metrics: Metrics,
  ) {
    metrics.queueDepth.watch('audit', () => this.queue.depth);
    this.queue = new WriteBehind({
      name: 'rows of the audit log',
      capacity: CAPACITY,
      flushMs: FLUSH_MS,
      maxBatch: MAX_BATCH,
      retryMs: limits.writeRetryMs,
      drainMs: limits.drainMs,
      merge: (_, next) => next,
      write: (batch, isCareful) => this.write(batch, isCareful),
    });
  }

  /** Never waits and never throws. */
  add(facts: AuditFacts): void {
    this.queue.add((this.added += 1), facts);
  }

  beforeApplicationShutdown(): Promise<void> {
    return this.queue.drain();
  }

  private async write(batch: readonly AuditFacts[], isCareful: boolean): Promise<Outcome<void>[]> {
    await this.rows.transaction(async (manager) => {
      for (const facts of batch) await this.rows.append(manager, facts);
    }, batchLimits(isCareful));
    return batch.map((): Outcome<void> => ({ kind: 'done', result: undefined }));
  }
}
