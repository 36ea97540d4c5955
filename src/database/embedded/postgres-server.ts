import { createServer, type AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { isAlive } from '../../config/is-alive.js';
import { orAborted } from '../or-aborted.js';
import { newPgClient } from '../pg-client.js';
import type { PostgresAccount } from './postgres-account.js';
import type { PostgresBinaries } from './postgres-binaries.js';
import { findPostmaster, stopPostmaster, type Postmaster } from './postmaster.js';
import { Program } from './program.js';

/** A cluster and everything needed to run a server on it. */
export interface PostgresPlace {
  readonly clusterDir: string;
  readonly user: string;
  readonly password: string;
  readonly database: string;
  readonly binaries: PostgresBinaries;
  readonly account: PostgresAccount;
  readonly settings: Readonly<Record<string, string>>;
}

/** A server that accepts connections and belongs to this process as long as the session of `owner` lasts. */
export interface OwnedServer {
  readonly postmaster: Postmaster;
  readonly owner: pg.Client;
}

/** The password does not match the cluster. */
export class WrongPassword extends Error {}
/** Another process owns the cluster. */
export class OwnedByAnother extends Error {}

const WRONG_PASSWORD = '28P01';
/** The advisory lock of the one process that owns the cluster. If the owner is killed, its session and the lock end. */
const OWNER_LOCK = 4_007_001;
const OWNER_PATIENCE_MS = 3_000;
/**
 * A server opens its port right after it writes its lock file. If nothing listens on the port for this long, the process
 * id in the file belongs to another program, which PostgreSQL itself detects when it starts.
 */
const PORT_PATIENCE_MS = 1_000;
/** Timeout for a process that has the port but does not respond like PostgreSQL. */
const STRANGER_PATIENCE_MS = 10_000;
const CONNECT_PATIENCE_MS = 5_000;
/** Number of failed starts after which the reason is considered permanent. */
const START_ATTEMPTS = 3;
const RETRY_MS = 100;
const POLL_MS = 20;
/** Errors of a start that pass: the processes of a server that was killed end a moment later. */
const PASSING =
  /lock file "[^"]*" (already exists|is empty)|pre-existing shared memory block|could not (bind|create any TCP\/IP)/;

/**
 * Finds the server that is running on the cluster or starts one, takes ownership, and creates the database.
 * @param port the port on which it must listen; null: any
 * @param signal aborts the attempt; a server that was started is then stopped, as after every failure
 */
export async function bringUp(
  place: PostgresPlace,
  port: number | null,
  signal: AbortSignal,
): Promise<OwnedServer> {
  const { postmaster, isOurs } = await findOrStart(place, port, signal);
  let owner: pg.Client | undefined;
  try {
    if (port !== null && postmaster.port !== port) throw new OwnedByAnother();
    owner = await becomeOwner(place, postmaster.port, signal);
    await makeDatabase(owner, place.database);
    return { postmaster, owner };
  } catch (error) {
    await owner?.end();
    if (isOurs || owner) await stopPostmaster(postmaster.pid);
    throw error;
  }
}

async function findOrStart(
  place: PostgresPlace,
  wantedPort: number | null,
  signal: AbortSignal,
): Promise<{ postmaster: Postmaster; isOurs: boolean }> {
  for (let failures = 0; ;) {
    const running = findPostmaster(place.clusterDir);
    if (running && (await lets(place, running.port, () => isAlive(running.pid), signal, PORT_PATIENCE_MS)))
      return { postmaster: running, isOurs: false };

    const port = wantedPort ?? (await freePort());
    const server = new Program(place.account, place.binaries.postgres, argumentsFor(place, port));
    try {
      if (await lets(place, port, () => server.isRunning, signal)) {
        const started = findPostmaster(place.clusterDir);
        if (started) return { postmaster: started, isOurs: true };
      }
      await server.stop();
    } catch (error) {
      await server.stop();
      throw signal.aborted ? new Error(saying(server.lastWords), { cause: error }) : error;
    }
    if (!PASSING.test(server.lastWords)) failures += 1;
    if (failures === START_ATTEMPTS) throw new Error(`it does not start. ${saying(server.lastWords)}`);
    await sleep(RETRY_MS);
  }
}

const saying = (lastWords: string): string => `It said: ${lastWords.trim() || 'nothing'}`;

function argumentsFor({ clusterDir, settings }: PostgresPlace, port: number): string[] {
  const all = {
    port: String(port),
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    ...settings,
  };
  return ['-D', clusterDir, ...Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`])];
}

/**
 * Waits until a server accepts a connection; false if it ends, has no open port for too long, or is not PostgreSQL.
 * @throws WrongPassword, because waiting does not help; the reason of the signal
 */
async function lets(
  place: PostgresPlace,
  port: number,
  isRunning: () => boolean,
  signal: AbortSignal,
  portPatienceMs = Infinity,
): Promise<boolean> {
  const begin = performance.now();
  while (isRunning()) {
    signal.throwIfAborted();
    const client = clientFor(place, port);
    try {
      await orAborted(client.connect(), signal);
      return true;
    } catch (error) {
      const { code } = error as { code?: string };
      const elapsedMs = performance.now() - begin;
      if (code === WRONG_PASSWORD) throw new WrongPassword();
      if (code === 'ECONNREFUSED' && elapsedMs > portPatienceMs) return false;
      const isStranger = code === undefined && Number.isFinite(portPatienceMs);
      if (isStranger && elapsedMs > STRANGER_PATIENCE_MS) return false;
    } finally {
      client.end().catch(() => undefined);
    }
    await sleep(POLL_MS);
  }
  return false;
}

async function becomeOwner(place: PostgresPlace, port: number, signal: AbortSignal): Promise<pg.Client> {
  for (const giveUp = performance.now() + OWNER_PATIENCE_MS; ;) {
    const client = clientFor(place, port);
    try {
      await orAborted(client.connect(), signal);
      const { rows } = await orAborted(
        client.query<{ owned: boolean }>('SELECT pg_try_advisory_lock($1) AS owned', [OWNER_LOCK]),
        signal,
      );
      if (rows[0]?.owned) return client;
    } catch (error) {
      client.end().catch(() => undefined);
      const isSlow = (error as { code?: string }).code === undefined && !signal.aborted;
      if (!isSlow) throw error;
      continue;
    }
    client.end().catch(() => undefined);
    if (performance.now() > giveUp) throw new OwnedByAnother();
    await sleep(RETRY_MS);
  }
}

async function makeDatabase(client: pg.Client, name: string): Promise<void> {
  const { rowCount } = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [name]);
  if (rowCount === 0) await client.query(`CREATE DATABASE ${name}`);
}

function clientFor({ user, password }: PostgresPlace, port: number): pg.Client {
  return newPgClient({
    host: '127.0.0.1',
    port,
    user,
    password,
    database: 'postgres',
    connectionTimeoutMillis: CONNECT_PATIENCE_MS,
  });
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
