import { join } from 'node:path';
import { installationSecret, installationSecretFile } from '../../config/secrets.js';
import { makeCluster } from './cluster-folder.js';
import { findPostgresAccount } from './postgres-account.js';
import { findBinaries } from './postgres-binaries.js';
import { bringUp, OwnedByAnother, WrongPassword, type PostgresPlace } from './postgres-server.js';
import { PostgresSupervisor } from './postgres-supervisor.js';

/** A running PostgreSQL that belongs to this process and is restarted whenever it ends, until it is stopped. */
export interface EmbeddedPostgres {
  /** Stays the same after a restart. */
  readonly url: string;
  stop(): Promise<void>;
}

export interface EmbeddedPostgresOptions {
  /** An absolute path; the cluster is in `<dataDir>/postgres`. */
  readonly dataDir: string;
  /** Additional server settings, such as `{ fsync: 'off' }` for a temporary cluster in tests. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Maximum time for the whole start, from an empty folder to a database. */
  readonly startPatienceMs?: number;
  /** Aborts the start; nothing is left running. */
  readonly signal?: AbortSignal;
}

/** The embedded PostgreSQL cannot run here; the message says why and what to do. */
export class EmbeddedPostgresError extends Error {
  override readonly name = 'EmbeddedPostgresError';
}

/** The file with the password of the embedded PostgreSQL. */
export const embeddedPasswordFile = (dataDir: string): string => installationSecretFile(dataDir, PASSWORD);

export const embeddedUrl = (password: string, port: number): string =>
  `postgres://${USER}:${password}@127.0.0.1:${port}/${DATABASE}`;

const USER = 'ota';
const DATABASE = 'ota';
const PASSWORD = 'postgres';
const START_PATIENCE_MS = 60_000;

/**
 * Creates the cluster on first use, then starts it, or takes over the one that a killed process left running.
 * @throws EmbeddedPostgresError if it cannot run here or another process owns it; the reason of the signal
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const { dataDir, startPatienceMs = START_PATIENCE_MS } = options;
  const clusterDir = join(dataDir, 'postgres');
  const deadline = AbortSignal.timeout(startPatienceMs);
  const signal = options.signal ? AbortSignal.any([deadline, options.signal]) : deadline;
  try {
    const place: PostgresPlace = await findPlace(options, clusterDir);
    await makeCluster({ ...place, folder: clusterDir }, signal);
    const server = await bringUp(place, null, signal);
    const supervisor = new PostgresSupervisor(place, server, startPatienceMs);
    return {
      url: `postgres://${USER}:${place.password}@127.0.0.1:${server.postmaster.port}/${DATABASE}`,
      stop: () => supervisor.stop(),
    };
  } catch (error) {
    if (options.signal?.aborted) throw options.signal.reason;
    const reason = deadline.aborted
      ? `it did not start within ${startPatienceMs / 1000} s. ${wordsOf(error)}` +
        'Start the server again when the machine is less busy, or set DATABASE_URL to a PostgreSQL of your own.'
      : reasonOf(error, dataDir, clusterDir);
    if (error instanceof OwnedByAnother) throw new EmbeddedPostgresError(reason, { cause: error });
    throw new EmbeddedPostgresError(`The embedded PostgreSQL cannot run here: ${reason}`, { cause: error });
  }
}

async function findPlace(options: EmbeddedPostgresOptions, clusterDir: string): Promise<PostgresPlace> {
  const password = installationSecret(options.dataDir, PASSWORD);
  const binaries = await findBinaries();
  return {
    clusterDir,
    user: USER,
    password,
    database: DATABASE,
    binaries,
    account: findPostgresAccount([binaries.postgres, options.dataDir]),
    settings: options.settings ?? {},
  };
}

/** The output of the server before the timeout, if there was any. */
function wordsOf(error: unknown): string {
  return error instanceof Error && error.message.startsWith('It said: ') ? `${error.message}\n` : '';
}

function reasonOf(error: unknown, dataDir: string, clusterDir: string): string {
  if (error instanceof WrongPassword) {
    const file = installationSecretFile(dataDir, PASSWORD);
    return (
      `the database in ${clusterDir} was made with another password than that in ${file}. ` +
      'Restore that file, or set DATABASE_URL.'
    );
  }
  if (error instanceof OwnedByAnother) {
    return (
      `Another running server uses the embedded PostgreSQL in ${dataDir}. ` +
      `Stop it, give this one a DATA_DIR of its own, or give both the same DATABASE_URL.`
    );
  }
  return error instanceof Error ? error.message : String(error);
}
