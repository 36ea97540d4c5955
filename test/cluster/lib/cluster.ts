import { join } from 'node:path';
import { Client, eventually, send } from '../../support/http-client.js';
import { freePort } from '../../support/free-port.js';
import { makeFolder, removeFolder, ServerProcess } from '../../support/server-process.js';
import { bytesFor } from '../../chaos/lib/stage.js';
import { Balancer, hasHaproxy } from './balancer.js';
import { findPrograms, PostgresPair } from './postgres-pair.js';
import { SwitchableWay } from './switchable-way.js';

const SERVERS = 3;
const PASSWORD = 'a password for a cluster';
/** More than two of the balancer's checks, which come every second. */
const SHUTDOWN_DELAY_SECONDS = 4;
export const MAX_CATALOG_AGE_SECONDS = 5;

/** @returns why no cluster can be made on this machine; null when one can */
export function clusterError(): string | null {
  if (!hasHaproxy()) return 'HAProxy is not installed';
  if (findPrograms() === null) return 'PostgreSQL with pg_basebackup is not installed (Debian: postgresql)';
  return null;
}

/** Where the servers keep their files: one folder, or with STORE=s3 what FIRMWARE_STORE and the AWS variables say. */
function storeOf(folder: string): Record<string, string> {
  if (process.env['STORE'] !== 's3') return { FIRMWARE_STORE: join(folder, 'store') };
  const named = Object.entries(process.env).filter(([name]) => /^(FIRMWARE_STORE$|S3_|AWS_)/.test(name));
  return Object.fromEntries(named.map(([name, value]) => [name, value ?? '']));
}

interface Member {
  readonly url: string;
  readonly port: number;
  readonly folder: string;
  /** From this server to the database. */
  readonly way: SwitchableWay;
  server: ServerProcess;
}

/** Three servers behind HAProxy, on a PostgreSQL with a standby, with one store. */
export class Cluster {
  token = '';
  readonly members: Member[] = [];
  private releases = 0;

  private constructor(
    readonly postgres: PostgresPair,
    private readonly folder: string,
    /** Of the built server that runs: this one, or an earlier version. */
    private root: string,
    private balancer: Balancer | undefined,
  ) {}

  static async start(root = '.'): Promise<Cluster> {
    const postgres = await PostgresPair.start(findPrograms() ?? '');
    const cluster = new Cluster(postgres, makeFolder(), root, undefined);
    try {
      for (let n = 0; n < SERVERS; n++) {
        const port = await freePort();
        const way = await SwitchableWay.start(postgres.primary.url);
        const about = { port, way, folder: makeFolder(), url: `http://127.0.0.1:${port}` };
        cluster.members.push({ ...about, server: cluster.spawn(about) });
        // The first one makes the tables and the admin.
        await cluster.members[n]?.server.ready();
      }
      const ports = cluster.members.map(({ port }) => port);
      cluster.balancer = await Balancer.start(cluster.folder, ports);
      cluster.token = await cluster.logIn();
      return cluster;
    } catch (error) {
      await cluster.stop();
      throw error;
    }
  }

  /** Through the balancer. */
  get url(): string {
    return this.balancer?.url ?? '';
  }

  /** Of one server, or through the balancer. */
  client(index?: number): Client {
    return new Client({ url: index === undefined ? this.url : this.member(index).url, token: this.token });
  }

  member(index: number): Member {
    const member = this.members[index];
    if (!member) throw new Error(`There is no server ${index}.`);
    return member;
  }

  /** Newer than all that were published as this before. */
  nextVersion(): string {
    this.releases += 1;
    return `2.${this.releases}.0`;
  }

  /** @returns the id of a release of 50,000 bytes */
  async publish(by: number, registration: Record<string, unknown>): Promise<number> {
    const { status, body } = await this.client(by).publish(
      bytesFor(JSON.stringify(registration), 50_000),
      registration,
    );
    if (status !== 200) throw new Error(`Nothing could be published: ${JSON.stringify(body)}`);
    return body.id as number;
  }

  async kill(index: number): Promise<void> {
    await this.member(index).server.kill('SIGKILL');
  }

  /** Ends a server as a service manager does, and starts it again. @returns what its last lines were, if it did not end well */
  async restart(index: number, root = this.root): Promise<string | null> {
    this.root = root;
    const { server } = this.member(index);
    const code = await server.kill('SIGTERM');
    await this.startAgain(index);
    return code === 0 ? null : `server ${index} ended with ${code ?? 'a signal'}: ${server.errors}`;
  }

  /** Resolves when the balancer sends requests to it, too. */
  async startAgain(index: number): Promise<void> {
    const member = this.member(index);
    member.server = this.spawn(member);
    await member.server.ready();
    // The balancer looks once a second.
    await new Promise((resolve) => setTimeout(resolve, 2_500));
  }

  /** Everything works again, at every server: a report is committed, and its monitors say so. */
  async isWell(patienceMs = 90_000): Promise<void> {
    for (const { url } of this.members) {
      await eventually(async () => {
        const { status, bytes } = await send(`${url}/health/status`, 'GET');
        if (status !== 200) throw new Error(`The health of ${url} is ${bytes.toString()}`);
      }, patienceMs);
    }
  }

  async stop(): Promise<void> {
    await this.balancer?.stop();
    for (const { server, folder, way } of this.members) {
      await server.kill('SIGKILL');
      await way.close();
      await removeFolder(folder);
    }
    await this.postgres.stop();
    await removeFolder(this.folder);
  }

  private spawn({ folder, port, way }: Pick<Member, 'folder' | 'port' | 'way'>): ServerProcess {
    return new ServerProcess(
      folder,
      {
        ADMIN_PASSWORD: PASSWORD,
        WORKERS: '1',
        PORT: String(port),
        DATABASE_URL: way.url,
        TRUST_PROXY: 'loopback',
        SHUTDOWN_DELAY_SECONDS: String(SHUTDOWN_DELAY_SECONDS),
        MAX_CATALOG_AGE_SECONDS: String(MAX_CATALOG_AGE_SECONDS),
        RATE_LIMIT_ADMIN_PER_MINUTE: '0',
        ...storeOf(this.folder),
      },
      this.root,
    );
  }

  private logIn(): Promise<string> {
    return eventually(async () => {
      const body = { username: 'admin', password: PASSWORD };
      const { status, body: answer, bytes } = await send(`${this.url}/api/auth/login`, 'POST', { body });
      if (status !== 200) throw new Error(`The login was answered ${bytes.toString()}`);
      return answer.access_token as string;
    }, 30_000);
  }
}
