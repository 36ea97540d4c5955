import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { EmbeddedPostgresError, embeddedPasswordFile, embeddedUrl } from './embedded-postgres.js';
import { findPostmaster } from './postmaster.js';

/**
 * Finds the URL of an embedded PostgreSQL that is already running, for a client that does not own it.
 * @returns null if none is running
 * @throws EmbeddedPostgresError if there is no database in the folder, or its password cannot be read
 */
export function findRunningPostgres(dataDir: string): string | null {
  const clusterDir = join(dataDir, 'postgres');
  const passwordFile = embeddedPasswordFile(dataDir);
  let password: string;
  try {
    password = readFileSync(passwordFile, 'utf8').trim();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new EmbeddedPostgresError(
      code === 'ENOENT' && !existsSync(clusterDir)
        ? `There is no database in ${dataDir}. Run this in the folder that the server runs in, or set DATA_DIR or ` +
            'DATABASE_URL as the server has it.'
        : `${passwordFile} cannot be read (${code ?? 'unknown error'}). Run this as the user that the server runs as.`,
    );
  }
  const postmaster = findPostmaster(clusterDir);
  return postmaster && embeddedUrl(password, postmaster.port);
}
