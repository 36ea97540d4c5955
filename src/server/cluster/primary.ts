import { Logger } from '@nestjs/common';
import { printBanner } from '../print-banner.js';
import type { AppConfig } from '../../config/app-config.js';
import { readConfig } from '../read-config.js';
import { lookAtSessions } from '../../database/look-at-sessions.js';
import { migrateUp } from '../../database/migrator.js';
import type { Database } from '../../database/open-database.js';
import { AppLogger } from '../../http/app-logger.js';
import { mostStopMs, runUntilStopped } from '../run-until-stopped.js';
import type { StopSignals } from '../stop-signals.js';
import { tellServiceManager } from '../tell-service-manager.js';
import { WorkerPool } from './worker-pool.js';

/** Migrates the database, lets workers serve and keeps them running until a signal; SIGHUP replaces them one by one. */
export async function serveFromWorkers(
  config: AppConfig,
  database: Database,
  signals: StopSignals,
): Promise<void> {
  Logger.overrideLogger(new AppLogger(config.logLevel));
  await migrateUp(config.databaseDirectUrl ?? database.url, { signal: signals.requested });
  await lookAtSessions(config, database.url);
  const pool = new WorkerPool({ config, databaseUrl: database.url }, (error) => {
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
    void stop().finally(() => process.exit());
  });
  const stop = async (): Promise<void> => {
    await pool.stop();
    await database.close();
  };

  const ready = await pool.start(config.workers, signals.requested);
  const password = ready.find((worker) => worker.password !== null)?.password ?? null;
  printBanner(config, ready[0]?.port ?? config.port, password);
  tellServiceManager(config);
  runUntilStopped(stop, signals.requested, mostStopMs(config.shutdown));
  signals.onHangUp(() => void pool.roll({ config: configAgain(config), databaseUrl: database.url }));
}

/** What has changed in the environment's file and in certificates, less what only a start can change. */
function configAgain(config: AppConfig): AppConfig {
  const { host, port, workers, databaseUrl, databaseDirectUrl, dataDir } = config;
  try {
    return { ...readConfig(), host, port, workers, databaseUrl, databaseDirectUrl, dataDir };
  } catch (error) {
    new Logger('Workers').error(`The new configuration is not used. ${String(error)}`);
    return config;
  }
}
