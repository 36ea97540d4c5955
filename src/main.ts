import type { AppConfig } from './config/app-config.js';
import { readDotenv } from './config/dotenv.js';
import { loadConfig } from './config/load-config.js';
import { openDatabase, type Database } from './database/open-database.js';
import { startFault } from './start-fault.js';

type Serve = (config: AppConfig, database: Database) => Promise<void>;

/** Reads the configuration, opens the database and serves, in this process or from workers. */
async function start(): Promise<void> {
  const config = loadConfig(readDotenv());
  // Loading the app takes longer than starting a database: both at once, and neither before the configuration is right.
  const loading = loadServe(config.workers);
  const database = await openDatabase(config);
  try {
    const serve = await loading;
    await serve(config, database);
  } catch (error) {
    await database.close();
    throw error;
  }
}

async function loadServe(workers: number): Promise<Serve> {
  if (workers === 1) return (await import('./serve.js')).serve;
  return (await import('./cluster/primary.js')).serveFromWorkers;
}

start().catch((error: unknown) => {
  process.stderr.write(`${startFault(error)}\n`);
  process.exit(1);
});
