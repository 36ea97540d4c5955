import { readDotenv } from './config/dotenv.js';
import { loadConfig } from './config/load-config.js';
import { openDatabase } from './database/open-database.js';
import { startFault } from './start-fault.js';

/** Reads the configuration, opens the database and serves. */
async function start(): Promise<void> {
  const config = loadConfig(readDotenv());
  // Loading the app takes longer than starting a database: both at once, and neither before the configuration is right.
  const loading = import('./serve.js');
  const database = await openDatabase(config);
  try {
    const { serve } = await loading;
    await serve(config, database);
  } catch (error) {
    await database.close();
    throw error;
  }
}

start().catch((error: unknown) => {
  process.stderr.write(`${startFault(error)}\n`);
  process.exit(1);
});
