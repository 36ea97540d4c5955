import type { ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { isAlive } from '../../config/is-alive.js';
import { installationSecret, installationSecretFile } from '../../config/secrets.js';
import { findPostgresAccount, type PostgresAccount } from './postgres-account.js';
import { findBinaries, type PostgresBinaries } from './postgres-binaries.js';
import { findPostmaster, stopPostmaster, type Postmaster } from './postmaster.js';

/** A running PostgreSQL that belongs to this process until it is stopped. */
export interface EmbeddedPostgres {
  readonly url: string;
  stop(): Promise<void>;
}

export interface EmbeddedPostgresOptions {
  /** Absolute; the cluster lives in `<dataDir>/postgres`. */
  readonly dataDir: string;
  /** Server settings beside our own, such as `{ fsync: 'off' }` for a test's throwaway cluster. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** The embedded PostgreSQL cannot run here; the message says why and names the way out. */
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
const WRONG_PASSWORD = '28P01';
/** Held, as an advisory lock, by the one process that owns the cluster. A killed owner's lock goes with its session. */
const OWNER_LOCK = 4_007_001;
const OWNER_PATIENCE_MS = 3_000;
const START_PATIENCE_MS = 30_000;
/** A server opens its port right after its lock file; whoever does not is another program with the id of a dead one. */
const PORT_PATIENCE_MS = 1_000;
const CONNECT_PATIENCE_MS = 5_000;
const START_ATTEMPTS = 3;

/**
 * Makes the cluster the first time, starts it or finds the one that a killed process left running, and takes it over.
 * @throws EmbeddedPostgresError when it cannot run here or another process owns it
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const clusterDir = join(options.dataDir, 'postgres');
  try {
    const password = installationSecret(options.dataDir, PASSWORD);
    const binaries = await findBinaries();
    const account = findPostgresAccount([binaries.postgres, options.dataDir]);
    await makeCluster(clusterDir, password, binaries, account);
    const postmaster = await findOrStart(clusterDir, password, binaries, account, options.settings ?? {});
    const owner = await becomeOwner(clientFor(postmaster.port, password), options.dataDir);
    await makeDatabase(owner);
    return {
      url: `postgres://${USER}:${password}@127.0.0.1:${postmaster.port}/${DATABASE}`,
      stop: async () => {
        await owner.end();
        const isStillThere = findPostmaster(clusterDir)?.pid === postmaster.pid;
        if (isStillThere) await stopPostmaster(postmaster.pid);
      },
    };
  } catch (error) {
    if (error instanceof EmbeddedPostgresError) throw error;
    const reason = reasonOf(error, options.dataDir, clusterDir);
    throw new EmbeddedPostgresError(`The embedded PostgreSQL cannot run here: ${reason}`, { cause: error });
  }
}

function reasonOf(error: unknown, dataDir: string, clusterDir: string): string {
  if (error instanceof WrongPassword) {
    const file = installationSecretFile(dataDir, PASSWORD);
    return (
      `the database in ${clusterDir} was made with another password than that in ${file}. ` +
      'Restore that file, or set DATABASE_URL.'
    );
  }
  return error instanceof Error ? error.message : String(error);
}

/** Makes it beside its final place and renames it, so that a cluster is either whole or not there. */
async function makeCluster(
  clusterDir: string,
  password: string,
  binaries: PostgresBinaries,
  account: PostgresAccount,
): Promise<void> {
  const draftPrefix = `${clusterDir}.init-`;
  removeAbandonedDrafts(draftPrefix);
  if (existsSync(clusterDir)) return;

  const draft = `${draftPrefix}${process.pid}`;
  const passwordFile = `${draft}.password`;
  mkdirSync(draft, { mode: 0o700 });
  writeFileSync(passwordFile, password, { mode: 0o600 });
  try {
    account.own(draft);
    account.own(passwordFile);
    const initdb = new Program(account, binaries.initdb, [
      `--pgdata=${draft}`,
      `--username=${USER}`,
      `--pwfile=${passwordFile}`,
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      '--locale=C',
    ]);
    if ((await initdb.ended) !== 0) throw new Error(`initdb failed: ${initdb.lastWords}`);
    renameSync(draft, clusterDir);
  } catch (error) {
    const anotherProcessWasFaster = existsSync(clusterDir);
    if (!anotherProcessWasFaster) throw error;
  } finally {
    rmSync(passwordFile, { force: true });
    rmSync(draft, { recursive: true, force: true });
  }
}

function removeAbandonedDrafts(prefix: string): void {
  for (const name of readdirSync(dirname(prefix))) {
    const path = join(dirname(prefix), name);
    const pid = path.startsWith(prefix) ? parseInt(path.slice(prefix.length), 10) : NaN;
    if (!Number.isNaN(pid) && !isAlive(pid)) rmSync(path, { recursive: true, force: true });
  }
}

async function findOrStart(
  clusterDir: string,
  password: string,
  binaries: PostgresBinaries,
  account: PostgresAccount,
  settings: Readonly<Record<string, string>>,
): Promise<Postmaster> {
  let lastWords = '';
  for (let attempt = 1; attempt <= START_ATTEMPTS; attempt++) {
    const running = findPostmaster(clusterDir);
    if (running && (await answers(running, password, () => isAlive(running.pid), PORT_PATIENCE_MS)))
      return running;

    const port = await freePort();
    const all = {
      port: String(port),
      listen_addresses: '127.0.0.1',
      unix_socket_directories: '',
      ...settings,
    };
    const flags = Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
    const server = new Program(account, binaries.postgres, ['-D', clusterDir, ...flags]);
    try {
      if (await answers({ port }, password, () => server.isRunning)) {
        const started = findPostmaster(clusterDir);
        if (started) return started;
      }
    } catch (error) {
      await server.interrupt();
      throw error;
    }
    ({ lastWords } = server);
  }
  throw new Error(`it does not start. It said: ${lastWords || 'nothing'}`);
}

class WrongPassword extends Error {}

/**
 * Waits until the server lets us in; false when it ends before, or never does, or has no open port for too long.
 * @throws WrongPassword, of which waiting is no cure
 */
async function answers(
  { port }: Pick<Postmaster, 'port'>,
  password: string,
  isRunning: () => boolean,
  portPatienceMs = START_PATIENCE_MS,
): Promise<boolean> {
  const begin = Date.now();
  while (Date.now() < begin + START_PATIENCE_MS && isRunning()) {
    const client = clientFor(port, password);
    try {
      await client.connect();
      return true;
    } catch (error) {
      const { code } = error as { code?: string };
      if (code === WRONG_PASSWORD) throw new WrongPassword();
      if (code === 'ECONNREFUSED' && Date.now() > begin + portPatienceMs) return false;
    } finally {
      await client.end().catch(() => undefined);
    }
    await sleep(20);
  }
  return false;
}

async function becomeOwner(client: pg.Client, dataDir: string): Promise<pg.Client> {
  client.on('error', () => undefined); // The session ends with the server; requests notice that by themselves.
  await client.connect();
  const giveUp = Date.now() + OWNER_PATIENCE_MS;
  for (;;) {
    const { rows } = await client.query<{ owned: boolean }>('SELECT pg_try_advisory_lock($1) AS owned', [
      OWNER_LOCK,
    ]);
    if (rows[0]?.owned) return client;
    if (Date.now() > giveUp) break;
    await sleep(50);
  }
  await client.end();
  throw new EmbeddedPostgresError(
    `Another running server uses the embedded PostgreSQL in ${dataDir}. ` +
      `Stop it, give this one a DATA_DIR of its own, or give both the same DATABASE_URL.`,
  );
}

async function makeDatabase(client: pg.Client): Promise<void> {
  const { rowCount } = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [DATABASE]);
  if (rowCount === 0) await client.query(`CREATE DATABASE ${DATABASE}`);
}

function clientFor(port: number, password: string): pg.Client {
  return new pg.Client({
    host: '127.0.0.1',
    port,
    user: USER,
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

/** A program of PostgreSQL's. It has a process group of its own, so that Ctrl-C reaches it only through us. */
class Program {
  lastWords = '';
  isRunning = true;
  /** The exit code, null when it did not start or a signal ended it. */
  readonly ended: Promise<number | null>;
  private readonly child: ChildProcess;

  constructor(account: PostgresAccount, program: string, args: readonly string[]) {
    const child = account.spawn(program, args, {
      cwd: '/',
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.child = child;
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.lastWords = (this.lastWords + text).slice(-1000);
      });
    }
    this.ended = new Promise((resolve) => {
      child.on('error', (error) => {
        this.lastWords += error.message;
        this.isRunning = false;
        resolve(null);
      });
      child.on('close', (code) => {
        this.isRunning = false;
        resolve(code);
      });
    });
  }

  async interrupt(): Promise<void> {
    this.child.kill('SIGINT');
    await this.ended;
  }
}
