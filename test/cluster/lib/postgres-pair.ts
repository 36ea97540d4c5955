import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { appendFileSync, chownSync, existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { eventually } from '../../support/http-client.js';
import { makeFolder, removeFolder } from '../../support/server-process.js';
import { freePort } from '../../support/free-port.js';

const DEBIAN = '/usr/lib/postgresql';
const USER = 'ota_test';
const PATIENCE_MS = 60_000;

/** @returns the folder of PostgreSQL's programs with those for replication, which the embedded one lacks; null: none */
export function findPrograms(): string | null {
  if (!existsSync(DEBIAN)) return null;
  const folders = readdirSync(DEBIAN).sort((a, b) => Number(b) - Number(a));
  return (
    folders
      .map((version) => join(DEBIAN, version, 'bin'))
      .find((bin) => ['initdb', 'postgres', 'pg_basebackup'].every((name) => existsSync(join(bin, name)))) ??
    null
  );
}

/** One PostgreSQL of the pair, which may be stopped and started again. */
class Instance {
  private child: ChildProcess | undefined;

  constructor(
    private readonly bin: string,
    readonly folder: string,
    readonly port: number,
    private readonly account: { uid?: number; gid?: number },
  ) {}

  get url(): string {
    return `postgres://${USER}@127.0.0.1:${this.port}/ota_test`;
  }

  async start(): Promise<void> {
    const args = ['-D', this.folder, '-p', String(this.port)];
    this.child = spawn(join(this.bin, 'postgres'), args, { stdio: 'ignore', ...this.account });
    await eventually(() => this.query('SELECT 1', 'postgres'), PATIENCE_MS);
  }

  /** At once, without waiting for anybody, as the loss of the machine would be. */
  async stop(): Promise<void> {
    const { child } = this;
    if (child?.exitCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGQUIT');
    await ended;
  }

  async query<R extends pg.QueryResultRow>(sql: string, database = 'ota_test'): Promise<R[]> {
    const url = new URL(this.url);
    url.pathname = `/${database}`;
    const client = new pg.Client({ connectionString: url.href, connectionTimeoutMillis: 2_000 });
    client.on('error', () => undefined);
    try {
      await client.connect();
      return (await client.query<R>(sql)).rows;
    } finally {
      await client.end().catch(() => undefined);
    }
  }
}

/** A PostgreSQL and its standby, to which every commit goes before it is acknowledged. */
export class PostgresPair {
  private constructor(
    readonly primary: Instance,
    readonly standby: Instance,
    private readonly folder: string,
  ) {}

  /** @param bin as of {@link findPrograms} */
  static async start(bin: string): Promise<PostgresPair> {
    const folder = makeFolder();
    const account = accountOf();
    const instance = async (name: string): Promise<Instance> => {
      const path = join(folder, name);
      mkdirSync(path, { mode: 0o700 });
      if (account.uid !== undefined) chownSync(path, account.uid, account.gid ?? account.uid);
      return new Instance(bin, path, await freePort(), account);
    };
    if (account.uid !== undefined) chownSync(folder, account.uid, account.gid ?? account.uid);
    const run = (program: string, ...args: string[]): unknown =>
      execFileSync(join(bin, program), args, { stdio: 'pipe', ...account });

    const primary = await instance('primary');
    run('initdb', '-D', primary.folder, '-U', USER, '-A', 'trust', '-E', 'UTF8', '--no-sync');
    // No test here is about the loss of power, and a disk that is synced is what takes most of the time.
    const settings =
      "fsync = off\nlisten_addresses = '127.0.0.1'\nunix_socket_directories = ''\nmax_connections = 200\n";
    appendFileSync(join(primary.folder, 'postgresql.conf'), settings);
    await primary.start();
    await primary.query('CREATE DATABASE ota_test', 'postgres');

    const standby = await instance('standby');
    const from = `host=127.0.0.1 port=${primary.port} user=${USER} application_name=standby`;
    run('pg_basebackup', '-D', standby.folder, '-d', from, '-R', '-X', 'stream', '-c', 'fast', '--no-sync');
    await standby.start();
    await primary.query("ALTER SYSTEM SET synchronous_standby_names = 'standby'");
    await primary.query('SELECT pg_reload_conf()');
    await eventually(async () => {
      const rows = await primary.query("SELECT 1 FROM pg_stat_replication WHERE sync_state = 'sync'");
      if (rows.length === 0) throw new Error('The standby does not follow.');
    }, PATIENCE_MS);
    return new PostgresPair(primary, standby, folder);
  }

  /** Makes the standby the primary. */
  async promote(): Promise<void> {
    await this.standby.query('SELECT pg_promote()');
  }

  async stop(): Promise<void> {
    await this.standby.stop();
    await this.primary.stop();
    await removeFolder(this.folder);
  }
}

/** PostgreSQL refuses to run as root. */
function accountOf(): { uid?: number; gid?: number } {
  if (process.getuid?.() !== 0) return {};
  const id = (flag: string): number => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}
