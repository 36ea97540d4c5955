import { Logger } from '@nestjs/common';
import { StopRequested } from './stop-signals.js';

/**
 * Once a stop is requested, stops and exits.
 * @param stop finishes what is under way
 */
export function runUntilStopped(stop: () => Promise<void>, requested: AbortSignal): void {
  const logger = new Logger('Main');

  const onRequest = async (): Promise<void> => {
    const by = requested.reason instanceof StopRequested ? requested.reason.signal : 'Stop';
    logger.log(`${by}: finishing what is under way.`);
    try {
      await stop();
    } catch (error) {
      logger.error(`The shutdown was not clean: ${String(error)}`);
      process.exitCode = 1;
    }
    process.exit();
  };

  if (requested.aborted) void onRequest();
  else requested.addEventListener('abort', () => void onRequest(), { once: true });
}
