import { resolve } from 'node:path';
import { freePort } from '../../support/free-port.js';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, eventually, image, type Answer, type Sending } from '../../support/http-client.js';
import { PATIENCE } from '../../support/patience.js';
import { OtaProcess, type Outcome } from '../../support/run-ota.js';
import { makeFolder, removeFolder, ServerProcess } from '../../support/server-process.js';
import { createTestDatabase, type TestDatabase } from '../../support/test-database.js';

export const ADMIN = { username: 'admin', password: 'correct horse battery staple' } as const;

/** Options of a simulated fleet, as `ota simulate` takes them, without the dashes. */
export type Fleet = Readonly<Record<string, string | number | true>> & { readonly 'device-type': string };

/**
 * The built server with a database of its own, and an admin's client beside the browser. The database is in the PostgreSQL of
 * the run, which is there at once; where a DATA_DIR is given, the server begins its own in it, as `npm start` does.
 */
export class ConsoleServer {
  private process: ServerProcess;
  private readonly simulations: OtaProcess[] = [];

  private constructor(
    readonly url: string,
    private readonly database: TestDatabase | null,
    private readonly folder: string,
    private readonly env: Readonly<Record<string, string>>,
  ) {
    this.process = new ServerProcess(folder, env);
  }

  /** An access token of the admin, for what a test does beside the console. */
  token = '';

  static async start(env: Readonly<Record<string, string>> = {}): Promise<ConsoleServer> {
    const isAlone = env['DATA_DIR'] !== undefined;
    const [port, database] = await Promise.all([freePort(), isAlone ? null : createTestDatabase()]);
    const server = new ConsoleServer(`http://127.0.0.1:${port}`, database, makeFolder(), {
      PORT: String(port),
      ...(database && { DATABASE_URL: database.url }),
      WORKERS: '1',
      ADMIN_PASSWORD: ADMIN.password,
      RATE_LIMIT_ADMIN_PER_MINUTE: '0',
      ...env,
    });
    await server.process.ready();
    await server.logIn();
    return server;
  }

  /** Stops it as an operator does, and starts it again at the same address. */
  async restart(): Promise<void> {
    await this.process.kill('SIGTERM');
    this.process = new ServerProcess(this.folder, this.env);
    await this.process.ready();
  }

  /** @throws Error with what a simulation has said that broke off before */
  async stop(): Promise<void> {
    const broken = this.simulations.filter(({ child }) => (child.exitCode ?? 0) !== 0);
    for (const { child } of this.simulations) child.kill('SIGKILL');
    await this.process.kill('SIGTERM');
    await this.database?.drop();
    await removeFolder(this.folder);
    for (const { stdout, stderr } of broken) throw new Error(`ota simulate: ${stderr}${stdout}`);
  }

  /** Says what devices and the admin say. */
  get client(): Client {
    return new PatientClient(this);
  }

  /** @returns the body. @throws Error with what the server says against it */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- as Client
  async admin(method: string, path: string, body?: unknown): Promise<any> {
    const answer = await this.client.admin(method, path, { body });
    if (answer.status >= 400) throw new Error(`${method} ${path}: ${answer.bytes.toString()}`);
    return answer.body;
  }

  /** Runs an `ota` command to its end, as the admin. */
  ota(...args: readonly string[]): Promise<Outcome> {
    return this.begin(args).outcome;
  }

  /**
   * Publishes one of the images of test/fixtures/esp-images.
   * @returns the id of the firmware
   */
  async publish(
    deviceType: string,
    version: string,
    more: Readonly<Record<string, unknown>> = {},
    file = `${deviceType}-${version}-${CHIPS[deviceType] ?? 'esp32c3'}.bin`,
  ): Promise<number> {
    const answer = await this.client.publish(await image(file), {
      device_type: deviceType,
      version,
      ...more,
    });
    if (answer.status >= 400) throw new Error(answer.bytes.toString());
    return (answer.body as { id: number }).id;
  }

  /** Devices that check and update, until they are done, or for the duration that is said. @returns the process */
  simulate(fleet: Fleet): OtaProcess {
    const args = Object.entries(fleet).flatMap(([name, value]) =>
      value === true ? [`--${name}`] : [`--${name}`, String(value)],
    );
    const process = this.begin(['simulate', ...args]);
    this.simulations.push(process);
    return process;
  }

  /** Resolves as soon as the fleet has so many devices. */
  async knows(devices: number): Promise<void> {
    await eventually(async () => {
      const { total } = (await this.admin('GET', '/devices/summary')) as { total: number };
      if (total < devices) throw new Error(`${total} devices of ${devices} are known.`);
    }, 120_000);
  }

  /** Makes a user. @returns with what to log in */
  async addUser(
    role: 'viewer' | 'operator' | 'admin',
    username: string = role,
  ): Promise<{ readonly id: number; readonly username: string; readonly password: string }> {
    const password = `the password of ${username}`;
    const { id } = (await this.admin('POST', '/users', { username, password, role })) as { id: number };
    return { id, username, password };
  }

  private async logIn(): Promise<void> {
    const { body } = await this.client.send('POST', '/api/auth/login', { body: ADMIN });
    this.token = (body as { access_token: string }).access_token;
  }

  private begin(args: readonly string[]): OtaProcess {
    const env = { OTA_SERVER: this.url, OTA_TOKEN: this.token, HOME: this.folder };
    return new OtaProcess(process.execPath, [resolve('dist/src/cli/main.js'), ...args], env);
  }
}

/** Asks again when the server has too much to do, as devices and scripts are told to. */
class PatientClient extends Client {
  override async send(method: string, path: string, sending: Sending = {}): Promise<Answer> {
    const giveUp = Date.now() + 10_000 * PATIENCE;
    for (;;) {
      const answer = await super.send(method, path, sending);
      if (answer.status !== 503 || Date.now() > giveUp) return answer;
      await sleep(200);
    }
  }
}

const CHIPS: Readonly<Record<string, string>> = { scales_bridge_tab5: 'esp32p4' };
