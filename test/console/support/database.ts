import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { embeddedPasswordFile, embeddedUrl } from '../../../src/database/embedded/embedded-postgres.js';
import { findPostmaster } from '../../../src/database/embedded/postmaster.js';

/** Does what only time does: for example it lets a device have been silent for days. @param dataDir of the server */
export async function inDatabase(dataDir: string, sql: readonly string[]): Promise<void> {
  const postmaster = findPostmaster(join(dataDir, 'postgres'));
  if (!postmaster) throw new Error(`No PostgreSQL runs on ${dataDir}.`);
  const password = readFileSync(embeddedPasswordFile(dataDir), 'utf8').trim();
  const client = new pg.Client({ connectionString: embeddedUrl(password, postmaster.port) });
  await client.connect();
  try {
    for (const statement of sql) await client.query(statement);
  } finally {
    await client.end();
  }
}
