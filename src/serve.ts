import { Logger } from '@nestjs/common';
import { announce } from './announce.js';
import type { AppConfig } from './config/app-config.js';
import { migrateUp } from './database/migrator.js';
import type { Database } from './database/open-database.js';
import { AppLogger } from './http/app-logger.js';
import { runUntilStopped } from './run-until-stopped.js';
import { startApp } from './start-app.js';
import { AT_ONCE, stopApp } from './stop-app.js';
import type { StopSignals } from './stop-signals.js';

/** Migrates the database and serves in this one process until a signal. */
export async function serve(
  config: AppConfig,
  database: Database,
  { requested }: StopSignals,
): Promise<void> {
  Logger.overrideLogger(new AppLogger(config.logLevel));
  await migrateUp(config.databaseDirectUrl ?? database.url, { signal: requested });
  const { app, port, password } = await startApp(config, database.url, requested);
  announce(config, port, password);
  runUntilStopped(async () => {
    await stopApp(app, AT_ONCE);
    await database.close();
  }, requested);
}
