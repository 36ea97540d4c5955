import { Inject, Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource, type EntityManager } from 'typeorm';
import { APP_CONFIG, type AppConfig, type Limits } from '../../config/app-config.js';
import { isCancelled } from '../../database/database-error.js';
import { inTransaction } from '../../database/transaction.js';
import { DomainError } from '../../domain/errors.js';
import type { Principal } from '../../domain/principal.js';
import { Metrics } from '../../metrics/metrics.js';
import { FairQueue } from '../../overload/fair-queue.js';

const WAITING = 200;
const WAITING_OF_ONE = 20;
/** One of so many connections of a process may be held by what people ask of the fleet. */
const SHARE = 3;

/**
 * Lets few questions about many devices hold connections at once, by turns of the users who ask: a question may take
 * seconds, and checks and reports need connections, too.
 */
@Injectable()
export class FleetTurns {
  private readonly queue: FairQueue;
  private readonly limits: Pick<Limits, 'fleetQueryMs' | 'fleetWaitMs'>;

  constructor(
    @Inject(APP_CONFIG) { limits }: AppConfig,
    @InjectDataSource() private readonly database: DataSource,
    metrics: Metrics,
  ) {
    const { poolSize = SHARE } = database.options as { readonly poolSize?: number };
    const running = Math.max(1, Math.floor(poolSize / SHARE));
    this.queue = new FairQueue({ running, waiting: WAITING, waitingPerKey: WAITING_OF_ONE });
    this.limits = limits;
    // Watched without a limit: people who wait are no reason to refuse devices.
    metrics.queueDepth.watch('fleet', () => this.queue.depth);
  }

  /**
   * @param work reads with the manager alone, so that it holds one connection
   * @throws DomainError OVERLOADED when its turn does not come in time, FILTER_TOO_SLOW
   */
  take<T>({ id }: Pick<Principal, 'id'>, work: (manager: EntityManager) => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      let isLate = false;
      const timer = setTimeout(() => {
        isLate = true;
        reject(busy());
      }, this.limits.fleetWaitMs);
      const turn = this.queue.run(String(id), false, async () => {
        clearTimeout(timer);
        if (!isLate) resolve(await this.read(work));
      });
      if (turn) turn.catch(reject);
      else {
        clearTimeout(timer);
        reject(busy());
      }
    });
  }

  private async read<T>(work: (manager: EntityManager) => Promise<T>): Promise<T> {
    const { fleetQueryMs } = this.limits;
    try {
      return await inTransaction(this.database.manager, work, { statementTimeoutMs: fleetQueryMs });
    } catch (error) {
      if (!isCancelled(error)) throw error;
      const seconds = Math.ceil(fleetQueryMs / 1_000);
      throw new DomainError(
        'FILTER_TOO_SLOW',
        `The database has looked for ${seconds === 1 ? '1 second' : `${seconds} seconds`} and was stopped; narrow the filter.`,
      );
    }
  }
}

const busy = (): DomainError =>
  new DomainError('OVERLOADED', 'Too much is asked of the fleet at the moment; try again later.');
