import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { resolve } from 'node:path';
import { Client, eventually, image } from '../../support/http-client.js';
import { OtaProcess, type Outcome } from '../../support/run-ota.js';
import { makeFolder, removeFolder, ServerProcess } from '../../support/server-process.js';

export const ADMIN = { username: 'admin', password: 'correct horse battery staple' } as const;

/** Options of a simulated fleet, as `ota simulate` takes them, without the dashes. */
export type Fleet = Readonly<Record<string, string | number | true>> & { readonly 'device-type': string };

/** The built server with its embedded PostgreSQL, as `npm start` runs it, with an admin's client beside the browser. */
export class ConsoleServer {
  private process: ServerProcess;
  private readonly simulations: OtaProcess[] = [];

  private constructor(
    readonly url: string,
    private readonly folder: string,
    private readonly env: Readonly<Record<string, string>>,
  ) {
    this.process = new ServerProcess(folder, env);
  }

  /** An access token of the admin, for what a test does beside the console. */
  token = '';

  static async start(env: Readonly<Record<string, string>> = {}): Promise<ConsoleServer> {
    const port = await freePort();
    const server = new ConsoleServer(`http://127.0.0.1:${port}`, makeFolder(), {
      PORT: String(port),
      WORKERS: '1',
      ADMIN_PASSWORD: ADMIN.password,
      RATE_LIMIT_ADMIN_PER_MINUTE: '0',
      ...env,
    });
    await server.begun();
    await server.logIn();
    return server;
  }

  /** On a machine that is busy with other things the database may not be there in time; its files are, the next time. */
  private async begun(tries = 3): Promise<void> {
    try {
      await this.process.ready();
    } catch (error) {
      if (tries <= 1) throw error;
      this.process = new ServerProcess(this.folder, this.env);
      await this.begun(tries - 1);
    }
  }

  /** Stops it as an operator does, and starts it again at the same address. */
  async restart(): Promise<void> {
    await this.process.kill('SIGTERM');
    this.process = new ServerProcess(this.folder, this.env);
    await this.begun();
  }

  async stop(): Promise<void> {
    for (const { child } of this.simulations) child.kill('SIGKILL');
    await this.process.kill('SIGTERM');
    await removeFolder(this.folder);
  }

  /** Says what devices and the admin say. */
  get client(): Client {
    return new Client(this);
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

const CHIPS: Readonly<Record<string, string>> = { scales_bridge_tab5: 'esp32p4' };

/** The server comes back to it after a restart. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
