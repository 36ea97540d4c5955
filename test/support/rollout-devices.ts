import { Client, eventually, someBytes, type Answer } from './http-client.js';
import type { TestApp } from './test-app.js';

export type Body = Record<string, unknown>;

/** An operator who makes rollouts over HTTP, and the devices that they are for. */
export class RolloutDevices {
  readonly client: Client;
  private lastDevice: number;

  /** @param above the first device has the next id */
  constructor(
    private readonly app: TestApp,
    above = 0,
  ) {
    this.client = new Client(app);
    this.lastDevice = above;
  }

  /** @throws Error when it is refused */
  async send(method: string, path: string, body?: object): Promise<Body> {
    const answer = await this.client.admin(method, path, body === undefined ? {} : { body });
    if (answer.status >= 300) throw new Error(`${path}: ${JSON.stringify(answer.body)}`);
    return answer.body as Body;
  }

  act(id: unknown, action: string, body?: object): Promise<Answer> {
    return this.client.admin('POST', `/rollouts/${String(id)}/${action}`, body === undefined ? {} : { body });
  }

  /** @returns the id of a firmware, a draft unless it is said otherwise */
  async publish(device_type: string, version: string, more: Body = {}): Promise<number> {
    const answer = await this.client.publish(someBytes(100), {
      ...{ device_type, version, is_stable: false },
      ...more,
    });
    if (answer.status >= 300) throw new Error(JSON.stringify(answer.body));
    return answer.body.id as number;
  }

  /** A device on record, after its first check. */
  async join(device_type: string, said: Body = {}): Promise<number> {
    const device_id = ++this.lastDevice;
    await this.client.check({ device_id, device_type, ...said });
    await eventually(async () => {
      const rows = await this.app.database.query(
        'SELECT FROM device WHERE id = $1 AND current_version IS NOT NULL',
        [device_id],
      );
      if (rows.length === 0) throw new Error(`Device ${device_id} is not on record.`);
    });
    return device_id;
  }

  describe(deviceId: number, change: object): Promise<Body> {
    return this.send('PATCH', `/devices/${deviceId}`, change);
  }

  /** A running rollout. */
  async start(firmware_id: number, more: object = {}): Promise<number> {
    const { id } = await this.send('POST', '/rollouts', { firmware_id, ...more });
    await this.send('POST', `/rollouts/${String(id)}/start`, {});
    return Number(id);
  }

  async check(device_id: number, device_type: string, said: Body = {}): Promise<Body> {
    return (await this.client.check({ device_id, device_type, ...said })).body as Body;
  }

  /** Until a check is answered so. */
  answered(deviceId: number, deviceType: string, said: Body, expected: Body): Promise<void> {
    return eventually(async () => {
      const body = await this.check(deviceId, deviceType, said);
      for (const [key, value] of Object.entries(expected))
        if (body[key] !== value)
          throw new Error(`Device ${deviceId} is answered ${JSON.stringify(body)}, not ${String(value)}.`);
    });
  }

  async report(
    device_id: number,
    firmware_id: number,
    status: string,
    error_message?: string,
  ): Promise<void> {
    const body = { device_id, firmware_id, status, ...(error_message !== undefined && { error_message }) };
    const answer = await this.client.send('POST', '/api/ota/status', { body });
    if (answer.status !== 200) throw new Error(JSON.stringify(answer.body));
  }

  /** It installs, and says how that went. */
  async install(deviceId: number, firmwareId: number, status: string, errorMessage?: string): Promise<void> {
    await this.report(deviceId, firmwareId, 'installing');
    await this.report(deviceId, firmwareId, status, errorMessage);
  }
}
