import { Logger } from '@nestjs/common';

/**
 * On SIGTERM or SIGINT stops, then exits; a second signal exits at once.
 * @param stop finishes what is under way
 */
export function runUntilStopped(
  stop: () => Promise<void>,
  signals: readonly NodeJS.Signals[] = ['SIGTERM', 'SIGINT'],
): void {
  const logger = new Logger('Main');
  let isStopping = false;

  const onSignal = async (signal: NodeJS.Signals): Promise<void> => {
    if (isStopping) process.exit(1);
    isStopping = true;
    logger.log(`${signal}: finishing what is under way.`);
    try {
      await stop();
    } catch (error) {
      logger.error(`The shutdown was not clean: ${String(error)}`);
      process.exitCode = 1;
    }
    process.exit();
  };

  for (const signal of signals) process.on(signal, () => void onSignal(signal));
}
