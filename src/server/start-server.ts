import type { AppConfig } from '../config/app-config.js';
import { readConfig } from './read-config.js';
import { openDatabase, type Database } from '../database/open-database.js';
import { orAborted } from '../database/or-aborted.js';
import { describeStartError } from './describe-start-error.js';
import type { StopSignals } from './stop-signals.js';

type Serve = (config: AppConfig, database: Database, stop: StopSignals) => Promise<void>;

/**
 * Reads the configuration, opens the database and serves, in this process or from workers. Ends the process with the exit
 * code 1 and a sentence when it cannot, and with 0 when it was asked to stop before it served.
 */
export async function startServer(stop: StopSignals): Promise<void> {
  let config: AppConfig | undefined;
  try {
    config = readConfig();
    await openAndServe(config, stop);
  } catch (error) {
    if (stop.requested.aborted) process.exit(0);
    process.stderr.write(`${describeStartError(error, config?.databaseUrl)}\n`);
    process.exit(1);
  }
}

async function openAndServe(config: AppConfig, stop: StopSignals): Promise<void> {
  // Loading the app takes longer than starting a database: both at once, and neither before the configuration is right.
  const loading = loadServe(config.workers);
  loading.catch(() => undefined);
  const database = await openDatabase(config, stop.requested);
  try {
    const serve = await orAborted(loading, stop.requested);
    await serve(config, database, stop);
  } catch (error) {
    await database.close();
    throw error;
  }
}

async function loadServe(workers: number): Promise<Serve> {
  if (workers === 1) return (await import('./serve.js')).serve;
  return (await import('./cluster/primary.js')).serveFromWorkers;
}
