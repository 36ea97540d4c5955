import type { NestExpressApplication } from '@nestjs/platform-express';
import { drain, type DrainPatience } from './http/drain.js';

/** For a server that goes: whoever is idle loses nothing. */
export const AT_ONCE: DrainPatience = { idleMs: 0, cutMs: 10_000 };
/** For a worker whose place another has taken already. */
export const WITHOUT_HURRY: DrainPatience = { idleMs: 5_000, cutMs: 10_000 };

/** Finishes the requests under way, then writes what waits: in this order nothing is added to a queue that is drained. */
export async function stopApp(app: NestExpressApplication, patience: DrainPatience): Promise<void> {
  await drain(app.getHttpServer(), patience);
  await app.close();
}
