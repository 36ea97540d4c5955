import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { makeFolder, removeFolder, ServerProcess } from '../../../test/support/server-process.js';
import { NEW_IMAGE, OLD_IMAGE } from './device.js';

export const DEVICE_TYPE = 'scales_bridge_tab5';
const ADMIN_PASSWORD = 'end-to-end';
const START_TRIES = 5;

export interface OtaLog {
  readonly id: number;
  readonly status: string;
  readonly error_message: string | null;
  readonly bytes_downloaded: number;
  readonly download_started_at: string | null;
  readonly download_completed_at: string | null;
  readonly installed_at: string | null;
}

/** On a busy machine the server's database may not start in time. The server is then started again. */
async function startServer(
  folder: string,
  env: Readonly<Record<string, string>>,
): Promise<{ server: ServerProcess; url: string }> {
  for (let tries = 1; ; tries++) {
    const server = new ServerProcess(folder, { ADMIN_PASSWORD, ...env });
    try {
      return { server, url: await server.ready() };
    } catch (error) {
      if (tries === START_TRIES) throw error;
    }
  }
}

/** The built server on loopback with 1.0.0 and 1.1.0 released. */
export class ReleasedServer {
  private constructor(
    private server: ServerProcess,
    public url: string,
    private readonly token: string,
    private readonly env: Readonly<Record<string, string>>,
  ) {}

  static async start(env: Readonly<Record<string, string>> = {}): Promise<ReleasedServer> {
    const folder = makeFolder();
    const { server: started, url } = await startServer(folder, env);
    try {
      const login = await fetch(
        `${url}/api/auth/login`,
        json({ username: 'admin', password: ADMIN_PASSWORD }),
      );
      const { access_token } = (await login.json()) as { access_token: string };
      const server = new ReleasedServer(started, url, access_token, env);
      await server.publish(OLD_IMAGE, '1.0.0', 1);
      await server.publish(NEW_IMAGE, '1.1.0', 2);
      return server;
    } catch (error) {
      await started.kill('SIGTERM');
      await removeFolder(folder);
      throw error;
    }
  }

  get port(): number {
    return Number(new URL(this.url).port);
  }

  /** Folder of its firmware store. */
  get store(): string {
    return join(this.server.folder, 'store');
  }

  async stop(): Promise<void> {
    await this.server.kill('SIGTERM');
    await removeFolder(this.server.folder);
  }

  /** Makes the server replace its workers one by one. */
  roll(): void {
    process.kill(this.server.pid, 'SIGHUP');
  }

  /** Stops the server as an operator does, and starts it again on another port. */
  async restart(): Promise<void> {
    await this.server.kill('SIGTERM');
    ({ server: this.server, url: this.url } = await startServer(this.server.folder, this.env));
  }

  /** Delays the event loop of the server so that it refuses requests, until the caller ends it. */
  async overload(isEnough: () => boolean): Promise<void> {
    while (!isEnough()) {
      process.kill(this.server.pid, 'SIGSTOP');
      await sleep(800);
      process.kill(this.server.pid, 'SIGCONT');
      await sleep(60);
    }
  }

  /** Publishes a file as the guides describe: version and build are read from the image. */
  release(file: string): void {
    const args = ['release', '--file', file, '--device-type', DEVICE_TYPE, '--stable', '--yes'];
    const env = { ...process.env, OTA_SERVER: this.url, OTA_TOKEN: this.token };
    const { status, stderr } = spawnSync(process.execPath, ['dist/src/cli/main.js', ...args], {
      env,
      encoding: 'utf8',
    });
    if (status !== 0) throw new Error(`ota release ended with ${status}: ${stderr}`);
  }

  /** Of one device, oldest first. */
  async logs(deviceId: number): Promise<OtaLog[]> {
    return (await this.admin<OtaLog[]>(`/logs?device_id=${deviceId}`)).toReversed();
  }

  /** Optional fields of checks that were faulty, by their names. */
  async droppedFields(): Promise<Record<string, number>> {
    const metrics = await (await fetch(`${this.url}/metrics`)).text();
    const counts = metrics.matchAll(/^ota_check_fields_dropped_total\{[^}]*"(\w+)"[^}]*\} (\d+)$/gm);
    return Object.fromEntries([...counts].map(([, field = '', count]) => [field, Number(count)]));
  }

  private async publish(image: string, version: string, build: number): Promise<void> {
    const form = new FormData();
    form.set('device_type', DEVICE_TYPE);
    form.set('version', version);
    form.set('file', new Blob([readFileSync(image)]), basename(image));
    const upload = await this.admin<Record<string, unknown>>('/upload', { method: 'POST', body: form });
    const { filename, binary_path, file_size, file_hash } = upload;
    const stored = { device_type: DEVICE_TYPE, version, filename, binary_path, file_size, file_hash };
    await this.admin('/firmware', json({ ...stored, build_number: build, is_stable: true }));
  }

  /** Sends a request of the admin; throws unless it succeeds. */
  async admin<T>(path: string, init: RequestInit = {}): Promise<T> {
    const headers = { ...(init.headers as Record<string, string>), Authorization: `Bearer ${this.token}` };
    const answer = await fetch(`${this.url}/api/ota/admin${path}`, { ...init, headers });
    if (!answer.ok) throw new Error(`${path} answered ${answer.status}: ${await answer.text()}`);
    return (await answer.json()) as T;
  }
}

export function json(body: object): RequestInit {
  return { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) };
}
