import { setTimeout as sleep } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { bringUp, OwnedByAnother, type OwnedServer, type PostgresPlace } from './postgres-server.js';
import { findPostmaster, stopPostmaster } from './postmaster.js';

const FIRST_DELAY_MS = 100;
const LAST_DELAY_MS = 10_000;
/** If a server has run for this long, its end is not counted as a failed start. */
const LASTING_MS = 60_000;

/** Restarts the embedded PostgreSQL on the same port whenever it ends, until it is stopped. */
export class PostgresSupervisor {
  private readonly logger = new Logger('Database');
  private readonly stopping = new AbortController();
  private readonly port: number;
  private reviving: Promise<void> = Promise.resolve();
  private failures = 0;

  /** @param startPatienceMs maximum time for one attempt to restart it */
  constructor(
    private readonly place: PostgresPlace,
    private server: OwnedServer,
    private readonly startPatienceMs: number,
  ) {
    this.port = server.postmaster.port;
    this.watch(server);
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.reviving;
    const { owner, postmaster } = this.server;
    await owner.end();
    const isStillThere = findPostmaster(this.place.clusterDir)?.pid === postmaster.pid;
    if (isStillThere) await stopPostmaster(postmaster.pid);
  }

  private isStopping(): boolean {
    return this.stopping.signal.aborted;
  }

  /** The owner's session ends when the server ends, whoever started the server and whatever ends it. */
  private watch({ owner }: OwnedServer): void {
    const begin = performance.now();
    owner.once('end', () => {
      if (this.isStopping()) return;
      if (performance.now() - begin > LASTING_MS) this.failures = 0;
      this.logger.error('The embedded PostgreSQL has ended unexpectedly and is started again.');
      this.reviving = this.revive();
    });
  }

  private async revive(): Promise<void> {
    const { signal } = this.stopping;
    while (!this.isStopping()) {
      const delayMs = Math.min(FIRST_DELAY_MS * 2 ** this.failures, LAST_DELAY_MS);
      this.failures += 1;
      await sleep(delayMs, undefined, { signal }).catch(() => undefined);
      if (this.isStopping()) return;
      const patience = AbortSignal.any([signal, AbortSignal.timeout(this.startPatienceMs)]);
      try {
        this.server = await bringUp(this.place, this.port, patience);
        this.watch(this.server);
        this.logger.log('The embedded PostgreSQL runs again.');
        return;
      } catch (error) {
        if (!signal.aborted)
          this.logger.error(`The embedded PostgreSQL cannot be started: ${reasonOf(error)}`);
      }
    }
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof OwnedByAnother)
    return 'another running server has taken it over. Stop one of the two.';
  return error instanceof Error ? error.message : String(error);
}
