import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Device } from './device.js';
import { ReleasedServer } from './server.js';
import { TcpProxy } from './tcp-proxy.js';

/** The server and the devices of a scenario. */
export interface Scene {
  readonly server: ReleasedServer;
  readonly proxy: TcpProxy;
  readonly device: Device;
  /** URL of the server as the device knows it. */
  readonly url: string;
  /** Creates another device. */
  readonly newDevice: () => Device;
}

export type Scenario = (scene: Scene) => Promise<void>;

/** Runs scenarios, prints a line for each, and counts them. */
export class Stage {
  private readonly root = mkdtempSync(join(tmpdir(), 'ota-e2e-'));
  private readonly counts = { passed: 0, failed: 0 };
  private lastDeviceId = 0x30eda0000000;

  /** @param program the simulated device. @param chosen runs only scenarios with this text in their names */
  constructor(
    private readonly program: string,
    private readonly chosen: string,
  ) {}

  /** Runs all scenarios with one server. */
  async play(
    env: Readonly<Record<string, string>>,
    scenarios: Readonly<Record<string, Scenario>>,
  ): Promise<void> {
    const chosen = Object.entries(scenarios).filter(([name]) => name.includes(this.chosen));
    if (chosen.length === 0) return;
    const server = await ReleasedServer.start(env);
    try {
      for (const [name, scenario] of chosen) await this.playOne(server, name, scenario);
    } finally {
      await server.stop();
    }
  }

  /** @returns the last line, and whether all scenarios passed */
  finish(): { line: string; isGood: boolean } {
    rmSync(this.root, { recursive: true, force: true });
    const { passed, failed } = this.counts;
    return { line: `${passed} passed, ${failed} failed`, isGood: failed === 0 && passed > 0 };
  }

  private async playOne(server: ReleasedServer, name: string, scenario: Scenario): Promise<void> {
    const proxy = new TcpProxy(server.port);
    const port = await proxy.listen();
    const url = server.url.startsWith('https:') ? `https://localhost:${port}` : `http://127.0.0.1:${port}`;
    const device = this.newDevice();
    try {
      await scenario({ server, proxy, device, url, newDevice: () => this.newDevice() });
      this.counts.passed++;
      process.stdout.write(`ok      ${name}\n`);
    } catch (error) {
      this.counts.failed++;
      process.stdout.write(`FAILED  ${name}\n${String(error)}\n${device.transcript}\n`);
    } finally {
      proxy.close();
    }
  }

  private newDevice(): Device {
    this.lastDeviceId++;
    return new Device(join(this.root, String(this.lastDeviceId)), this.lastDeviceId, this.program);
  }
}
