import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { NoConnectionFree } from './no-connection-free.js';

export interface PatientPoolConfig extends pg.PoolConfig {
  /** Longest wait for a connection that others use, in milliseconds. */
  readonly connectionWaitMs?: number;
}

type OnConnected = (
  error: Error | undefined,
  client: pg.PoolClient | undefined,
  release: (release?: unknown) => void,
) => void;

interface Waiter {
  /** @param error why it is not its turn and never will be */
  end(error?: Error): void;
}

const WAIT_MS = 5_000;
const RETRY_MS = 100;
/** PostgreSQL is out of connections, for all or for this role; PgBouncer, which gives no code of its own, says so in words. */
const TOO_MANY_CONNECTIONS = '53300';
const POOLER_IS_FULL = 'no more connections allowed';

/**
 * A pool whose connections are given out in the order in which they were asked for. Whoever asks waits, also while
 * PostgreSQL has no connection left to give, and fails when the wait takes too long; `pg` counts the time that the pool is
 * full as time to connect, and passes a refusal on at once.
 */
export class PatientPool extends pg.Pool {
  private free: number;
  private readonly waiters: Waiter[] = [];
  private readonly waitMs: number;

  constructor(config: PatientPoolConfig = {}) {
    super(config);
    this.free = this.options.max;
    this.waitMs = config.connectionWaitMs ?? WAIT_MS;
    this.on('release', () => {
      this.giveBack();
    });
  }

  /** @throws NoConnectionFree; what connecting fails with */
  override connect(): Promise<pg.PoolClient>;
  override connect(callback: OnConnected): void;
  override connect(callback?: OnConnected): Promise<pg.PoolClient> | undefined {
    const connected = this.take();
    if (!callback) return connected;
    connected.then(
      (client) => {
        callback(undefined, client, (error) => {
          client.release(error as Error | boolean | undefined);
        });
      },
      (error: unknown) => {
        callback(error as Error, undefined, () => undefined);
      },
    );
    return undefined;
  }

  private async take(): Promise<pg.PoolClient> {
    const deadline = performance.now() + this.waitMs;
    await this.turn();
    for (;;) {
      try {
        return await super.connect();
      } catch (error) {
        const isOver = performance.now() + RETRY_MS > deadline;
        if (!isRefusedForNow(error) || isOver) {
          this.giveBack();
          throw isRefusedForNow(error) ? new NoConnectionFree(this.waitMs, error) : error;
        }
        await sleep(RETRY_MS);
      }
    }
  }

  /** Resolves when a connection may be used that is not in use by others. */
  private turn(): Promise<void> {
    if (this.free > 0) {
      this.free -= 1;
      return Promise.resolve();
    }
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.waiters.splice(this.waiters.indexOf(waiter), 1);
        waiter.end(new NoConnectionFree(this.waitMs));
      }, this.waitMs);
      const waiter: Waiter = {
        end: (error) => {
          clearTimeout(timer);
          if (error) reject(error);
          else resolve();
        },
      };
      this.waiters.push(waiter);
    });
  }

  private giveBack(): void {
    const next = this.waiters.shift();
    if (next) next.end();
    else this.free += 1;
  }
}

function isRefusedForNow(error: unknown): boolean {
  const { code, message } = error as Partial<pg.DatabaseError>;
  return code === TOO_MANY_CONNECTIONS || (message?.includes(POOLER_IS_FULL) ?? false);
}
