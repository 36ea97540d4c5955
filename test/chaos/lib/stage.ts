import { join } from 'node:path';
import { Client, eventually, send, type Answer } from '../../support/http-client.js';
import { makeFolder, removeFolder, ServerProcess } from '../../support/server-process.js';
import { evidence } from './evidence.js';
import { connectTo } from './postgres.js';
import { SECRETS } from './secrets.js';

for (const [name, value] of Object.entries(SECRETS)) evidence.secrets.set(name, value);

type Variables = Readonly<Record<string, string>>;

/** A server as a process, with known secrets, that says all it can say in its log. */
export class Stage {
  url = '';
  token = '';
  server: ServerProcess;
  readonly folder: string;

  private constructor(
    private readonly env: Variables,
    folder = makeFolder(),
  ) {
    this.folder = folder;
    this.server = this.spawn();
  }

  static async start(env: Variables = {}): Promise<Stage> {
    const stage = new Stage(env);
    await stage.becomeReady();
    return stage;
  }

  get store(): string {
    return this.env['FIRMWARE_STORE'] ?? join(this.folder, 'store');
  }

  get client(): Client {
    return new Client(this);
  }

  /** Starts it again after it has ended. */
  async restart(): Promise<void> {
    this.server = this.spawn();
    await this.becomeReady();
  }

  /** @returns the id of the release */
  async publish(file: Buffer, version = '2.0.0'): Promise<number> {
    const { status, body } = await this.client.publish(file, { version });
    if (status !== 200) throw new Error(`Nothing could be published: ${JSON.stringify(body)}`);
    return body.id as number;
  }

  /** The path of a download, as a check offers it to a device. */
  async downloadPath(device_id: number): Promise<string> {
    const { body } = await this.client.check({ device_id });
    return body.download_url as string;
  }

  health(): Promise<Answer> {
    return send(`${this.url}/health/status`, 'GET');
  }

  /** Resolves once the monitors would say that all is well, or that something is not. */
  async healthIs(status: number): Promise<Answer> {
    return eventually(async () => {
      const answer = await this.health();
      if (answer.status !== status) throw new Error(`The health is ${answer.bytes.toString()}`);
      return answer;
    }, 60_000);
  }

  async metrics(): Promise<string> {
    const headers = { Authorization: `Bearer ${SECRETS.metrics}` };
    return (await send(`${this.url}/metrics`, 'GET', { headers })).bytes.toString();
  }

  /** Keeps what the section on hygiene will look through, and removes all that it has made. */
  async close(): Promise<void> {
    evidence.add('metrics', await this.metrics().catch(() => ''));
    await this.keepAudit().catch(() => undefined);
    await this.server.kill('SIGKILL');
    await removeFolder(this.folder);
  }

  private spawn(): ServerProcess {
    const server = new ServerProcess(this.folder, {
      ADMIN_PASSWORD: SECRETS.adminPassword,
      JWT_SECRET: SECRETS.jwt,
      OTA_DOWNLOAD_SECRET: SECRETS.download,
      METRICS_TOKEN: SECRETS.metrics,
      LOG_LEVEL: 'verbose',
      WORKERS: '1',
      ...this.env,
    });
    evidence.add('log', () => server.output + server.errors);
    return server;
  }

  private async becomeReady(): Promise<void> {
    this.url = await this.server.ready();
    const body = { username: 'admin', password: SECRETS.adminPassword };
    // A machine that is busy may have the server refuse logins at first.
    this.token = await eventually(async () => {
      const { status, bytes, body: answer } = await send(`${this.url}/api/auth/login`, 'POST', { body });
      if (status !== 200) throw new Error(`The login was answered ${bytes.toString()}`);
      return answer.access_token as string;
    }, 30_000);
    evidence.secrets.set(`token ${evidence.secrets.size}`, this.token);
  }

  private async keepAudit(): Promise<void> {
    const url = this.env['DATABASE_URL'];
    if (url === undefined) return;
    const database = await connectTo(url);
    const { rows } = await database.query<{ row: string }>('SELECT to_json(a)::text AS row FROM audit_log a');
    evidence.add('audit', rows.map(({ row }) => row).join('\n'));
    await database.end();
  }
}

/** Bytes that tell what they were made for, and that nobody takes for text. */
export const bytesFor = (label: string, length: number): Buffer =>
  Buffer.alloc(length, Buffer.from(`\0\x01\x02${label}`));
