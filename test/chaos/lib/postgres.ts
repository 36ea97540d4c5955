import { join } from 'node:path';
import pg from 'pg';
import { startEmbeddedPostgres } from '../../../src/database/embedded/embedded-postgres.js';
import { findPostmaster } from '../../../src/database/embedded/postmaster.js';
import { makeFolder, removeFolder } from '../../support/server-process.js';
import { childPids } from './processes.js';
import { SECRETS } from './secrets.js';

const ROLE = 'ota_test';

/** A PostgreSQL that belongs to the tests, in which servers have databases as an operator would make them. */
export class Postgres {
  private databases = 0;
  private readonly admin: pg.Pool;

  private constructor(
    readonly url: string,
    private readonly dataDir: string,
    private readonly end: () => Promise<void>,
  ) {
    this.admin = new pg.Pool({ connectionString: url, max: 2 });
    this.admin.on('error', () => undefined);
  }

  static async start(settings: Readonly<Record<string, string>> = {}, folder?: string): Promise<Postgres> {
    const dataDir = folder ?? makeFolder();
    const server = await startEmbeddedPostgres({ dataDir, settings });
    const postgres = new Postgres(server.url, dataDir, async () => {
      await server.stop();
      if (folder === undefined) await removeFolder(dataDir);
    });
    await postgres.query(`CREATE ROLE ${ROLE} LOGIN PASSWORD '${SECRETS.databasePassword}'`);
    return postgres;
  }

  async query<R extends pg.QueryResultRow>(sql: string, values: unknown[] = []): Promise<R[]> {
    return (await this.admin.query<R>(sql, values)).rows;
  }

  /** @returns its URL, for a role that owns it and may do nothing else */
  async createDatabase(options = ''): Promise<string> {
    this.databases += 1;
    const name = `ota_test_${this.databases}`;
    await this.query(`CREATE DATABASE ${name} OWNER ${ROLE} ${options}`);
    const url = new URL(this.url);
    url.pathname = `/${name}`;
    url.username = ROLE;
    url.password = SECRETS.databasePassword;
    return url.href;
  }

  /** The postmaster and its children. */
  pids(): number[] {
    const { pid } = findPostmaster(join(this.dataDir, 'postgres')) ?? {};
    return pid === undefined ? [] : [pid, ...childPids(pid)];
  }

  async stop(): Promise<void> {
    await this.admin.end();
    await this.end();
  }
}

/** A session of the role of a database, for those who do something to it from outside. */
export async function connectTo(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

export const databaseOf = (url: string): string => new URL(url).pathname.slice(1);
