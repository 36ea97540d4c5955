import { setTimeout as sleep } from 'node:timers/promises';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { AppConfig } from '../config/app-config.js';
import { Drain, type DrainPatience } from './drain.js';
import { Readiness } from '../http/health/readiness.js';

/** For a server that ends: long enough for a request that was sent to arrive. */
const IDLE_MS = 300;
/** For a worker whose place another has taken already. */
const IDLE_WITHOUT_HURRY_MS = 5_000;

type Shutdown = AppConfig['shutdown'];

/** Of a server that ends. */
export const patienceAtEnd = ({ patienceSeconds }: Shutdown): DrainPatience => ({
  idleMs: IDLE_MS,
  cutMs: patienceSeconds * 1_000,
});

/** Of a worker that is replaced. */
export const patienceInRoll = ({ patienceSeconds }: Shutdown): DrainPatience => ({
  idleMs: IDLE_WITHOUT_HURRY_MS,
  cutMs: patienceSeconds * 1_000,
});

/** Stops an app in steps, between which the workers of one server wait for each other. */
export class AppStop {
  private readonly drain: Drain;

  constructor(private readonly app: NestExpressApplication) {
    this.drain = new Drain(app.getHttpServer());
  }

  /** Says that it is not ready, for balancers to hear, and serves on. */
  announce(): void {
    this.app.get(Readiness).stopping();
  }

  /** New requests wait; resolves when no connection is on its way any more. */
  hold(): Promise<void> {
    this.announce();
    return this.drain.hold();
  }

  /** Accepts no more connections. */
  close(): void {
    this.drain.close();
  }

  /**
   * Closes, if that was not done: a worker whose port others listen on need not hold, since they take what it does not.
   * Finishes the requests under way, then writes what waits: in this order nothing is added to a queue that is
   * drained.
   */
  async finish(patience: DrainPatience): Promise<void> {
    this.announce();
    this.drain.close();
    await this.drain.finish(patience);
    await this.app.close();
  }
}

/** All steps, for an app that shares its port with no other. */
export async function stopApp(app: NestExpressApplication, shutdown: Shutdown): Promise<void> {
  const stop = new AppStop(app);
  stop.announce();
  await sleep(shutdown.delaySeconds * 1_000);
  await stop.hold();
  stop.close();
  await stop.finish(patienceAtEnd(shutdown));
}
