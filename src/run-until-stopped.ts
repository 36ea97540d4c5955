import type { NestExpressApplication } from '@nestjs/platform-express';
import { Logger } from '@nestjs/common';
import type { Database } from './database/open-database.js';

/** Time for requests under way to end, before their connections are cut. */
const GRACE_MS = 10_000;

/** On SIGTERM or SIGINT finishes what is under way, then exits; a second signal exits at once. */
export function runUntilStopped(app: NestExpressApplication, database: Database): void {
  const logger = new Logger('Main');
  let isStopping = false;

  const stop = async (signal: NodeJS.Signals): Promise<void> => {
    if (isStopping) process.exit(1);
    isStopping = true;
    logger.log(`${signal}: finishing what is under way.`);
    const cut = setTimeout(() => {
      app.getHttpServer().closeAllConnections();
    }, GRACE_MS);
    try {
      await app.close();
      await database.close();
    } catch (error) {
      logger.error(`The shutdown was not clean: ${String(error)}`);
      process.exitCode = 1;
    }
    clearTimeout(cut);
    process.exit();
  };

  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void stop(signal));
}
