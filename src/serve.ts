import { announce } from './announce.js';
import type { AppConfig } from './config/app-config.js';
import { migrateUp } from './database/migrator.js';
import type { Database } from './database/open-database.js';
import { runUntilStopped } from './run-until-stopped.js';
import { startApp } from './start-app.js';
import { AT_ONCE, stopApp } from './stop-app.js';

/** Migrates the database and serves in this one process until a signal. */
export async function serve(config: AppConfig, database: Database): Promise<void> {
  await migrateUp(database.url);
  const { app, port, password } = await startApp(config, database.url);
  announce(config, port, password);
  runUntilStopped(
    async () => {
      await stopApp(app, AT_ONCE);
      await database.close();
    },
    // A terminal that is closed says it with SIGHUP.
    ['SIGTERM', 'SIGINT', 'SIGHUP'],
  );
}
