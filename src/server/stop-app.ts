import type { NestExpressApplication } from '@nestjs/platform-express';
import { Drain, type DrainPatience } from './drain.js';
import { Readiness } from '../http/health/readiness.js';

/** For a server that ends: long enough for a request that was sent to arrive. */
export const AT_ONCE: DrainPatience = { idleMs: 300, cutMs: 10_000 };
/** For a worker whose place another has taken already. */
export const WITHOUT_HURRY: DrainPatience = { idleMs: 5_000, cutMs: 10_000 };

/** Stops an app in steps, between which the workers of one server wait for each other. */
export class AppStop {
  private readonly drain: Drain;

  constructor(private readonly app: NestExpressApplication) {
    this.drain = new Drain(app.getHttpServer());
  }

  /** New requests wait; resolves when no connection is on its way any more. */
  hold(): Promise<void> {
    this.app.get(Readiness).stopping();
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
    this.app.get(Readiness).stopping();
    this.drain.close();
    await this.drain.finish(patience);
    await this.app.close();
  }
}

/** All steps, for an app that shares its port with no other. */
export async function stopApp(app: NestExpressApplication, patience: DrainPatience): Promise<void> {
  const stop = new AppStop(app);
  await stop.hold();
  stop.close();
  await stop.finish(patience);
}
