import { Logger } from '@nestjs/common';
import type { AppConfig } from '../config/app-config.js';
import { StopRequested } from './stop-signals.js';

/**
 * More than a clean stop takes on a busy machine beside the times that the settings give it, and with their defaults less
 * than service managers wait before they kill. Only a database or a disk that hangs takes longer: what was acknowledged is
 * committed, and what waits is for devices to send again.
 */
const RESERVE_MS = 35_000;

/** The most that a stop may take. */
export const mostStopMs = ({ delaySeconds, patienceSeconds }: AppConfig['shutdown']): number =>
  (delaySeconds + patienceSeconds) * 1_000 + RESERVE_MS;

/**
 * Once a stop is requested, stops and exits.
 * @param stop finishes what is under way
 */
export function runUntilStopped(stop: () => Promise<void>, requested: AbortSignal, patienceMs: number): void {
  const logger = new Logger('Main');

  const onRequest = async (): Promise<void> => {
    const by = requested.reason instanceof StopRequested ? requested.reason.signal : 'Stop';
    logger.log(`${by}: finishing what is under way.`);
    setTimeout(() => {
      logger.error(`Something hangs: exits after ${patienceMs / 1000} s without having finished.`);
      process.exit(1);
    }, patienceMs);
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
