import type { AppConfig } from '../config/app-config.js';
import { startEmbeddedPostgres } from './embedded/embedded-postgres.js';

/** Where the database is, and how to let go of it. */
export interface Database {
  readonly url: string;
  close(): Promise<void>;
}

/**
 * The database of the configuration; the embedded one is started for as long as it is open.
 * @param signal ends the start of the embedded one
 */
export async function openDatabase(
  config: Pick<AppConfig, 'databaseUrl' | 'dataDir'>,
  signal?: AbortSignal,
): Promise<Database> {
  if (config.databaseUrl !== null) return { url: config.databaseUrl, close: () => Promise.resolve() };
  const postgres = await startEmbeddedPostgres({ dataDir: config.dataDir, ...(signal && { signal }) });
  return { url: postgres.url, close: () => postgres.stop() };
}
