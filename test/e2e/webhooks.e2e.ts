import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';
import { Client, eventually, someBytes, type Answer } from '../support/http-client.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

interface Received {
  readonly headers: IncomingMessage['headers'];
  readonly text: string;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- tests look into it, and fail where it is not so
  readonly body: any;
}

/** Somebody's server. */
class Receiver {
  readonly received: Received[] = [];
  status = 204;
  private readonly server: Server;

  private constructor() {
    this.server = createServer((request, response) => {
      let text = '';
      request.setEncoding('utf8');
      request.on('data', (part: string) => (text += part));
      request.on('end', () => {
        this.received.push({ headers: request.headers, text, body: JSON.parse(text) as unknown });
        response.writeHead(this.status, { Location: '/other' }).end();
      });
    });
  }

  static async start(): Promise<Receiver> {
    const receiver = new Receiver();
    receiver.server.listen(0, '127.0.0.1');
    await once(receiver.server, 'listening');
    return receiver;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/hook`;
  }

  types(): string[] {
    return this.received.map(({ body }) => body.type as string);
  }

  close(): void {
    this.server.closeAllConnections();
    this.server.close();
  }
}

describe('webhooks', () => {
  let app: TestApp;
  let client: Client;
  let receiver: Receiver;

  beforeAll(async () => {
    app = await startTestApp({ env: { WEBHOOK_ALLOW_PRIVATE: 'true' }, limits: { webhookPollMs: 50 } });
    client = new Client(app);
  });
  beforeEach(async () => {
    receiver = await Receiver.start();
  });
  afterEach(async () => {
    for (const { id } of (await client.admin('GET', '/webhooks')).body) await ask('DELETE', `/${id}`);
    receiver.close();
  });
  afterAll(() => app.close());

  const ask = (method: string, path = '', body?: object): Promise<Answer> =>
    client.admin(method, `/webhooks${path}`, { body });
  const make = async (events: string[], url = receiver.url): Promise<{ id: number; secret: string }> => {
    const { status, body } = await ask('POST', '', { url, events });
    expect(status).toBe(200);
    return body as { id: number; secret: string };
  };

  /** Until then a webhook that begins may be told of what has happened since the oldest transaction in PostgreSQL began. */
  const noOlderTransaction = async (): Promise<void> => {
    const [row] = await app.database.query(
      'SELECT max(place) < pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS is_so FROM event',
    );
    expect(row).toEqual({ is_so: true });
  };

  it('are told of what they chose, signed so that the library of Standard Webhooks takes it', async () => {
    const { secret } = await make(['firmware.registered', 'attempt.failed']);
    const { body: firmware } = await client.publish(someBytes(90), { version: '9.0.0', is_stable: false });
    await client.report({ device_id: 90, firmware_id: firmware.id, status: 'downloading' });
    await client.report({ device_id: 90, firmware_id: firmware.id, status: 'failed', error_message: 'ö' });
    await eventually(async () => {
      await Promise.resolve();
      expect(receiver.types()).toEqual(['firmware.registered', 'attempt.failed']);
    });
    const [, failed] = receiver.received;
    expect(failed!.headers).toMatchObject({
      'content-type': 'application/json',
      'webhook-id': expect.stringMatching(/^evt_\d+$/),
    });
    const verified = new Webhook(secret).verify(failed!.text, failed!.headers as Record<string, string>);
    expect(verified).toMatchObject({
      type: 'attempt.failed',
      timestamp: expect.stringMatching(/Z$/),
      data: { device_id: 90, status: 'failed', error_message: 'ö' },
    });
  });

  it('keep no report waiting when they are slow or away', async () => {
    await make(['attempt'], 'http://127.0.0.1:1/');
    const { body: firmware } = await client.publish(someBytes(91), { version: '9.1.0' });
    for (let device = 1; device <= 20; device++) {
      const report = { device_id: 9_100 + device, firmware_id: firmware.id as number, status: 'success' };
      expect((await client.report(report)).status).toBe(200);
    }
    await eventually(async () => {
      const [webhook] = (await ask('GET')).body;
      expect(webhook).toMatchObject({
        waiting: 20,
        last_error: 'The receiver could not be reached: ECONNREFUSED.',
      });
    });
  });

  it('show their secret once, and nowhere else', async () => {
    const { id, secret } = await make(['firmware']);
    expect(secret).toMatch(/^whsec_[\w+/]{43}=$/);
    await ask('PATCH', `/${id}`, { description: 'Chat' });
    const shown = [
      (await ask('GET')).bytes,
      (await ask('GET', `/${id}/deliveries`)).bytes,
      (await client.admin('GET', '/audit')).bytes,
    ].map(String);
    for (const text of shown) {
      expect(text).not.toContain(secret.slice(6, 20));
      expect(text).not.toContain('whsec');
    }
    const [row] = (await client.admin('GET', `/audit?target=webhook:${id}&action=webhook.create`)).body;
    expect(row.after).toEqual({
      url: new URL(receiver.url).origin,
      description: null,
      events: ['firmware'],
      is_active: true,
    });
  });

  it('list what was sent and what waits', async () => {
    const { id } = await make(['firmware']);
    receiver.status = 302;
    await client.publish(someBytes(92), { version: '9.2.0', is_stable: false });
    await eventually(async () => {
      const { body, headers } = await ask('GET', `/${id}/deliveries`);
      expect(headers['x-total-count']).toBe('1');
      expect(body[0]).toMatchObject({
        type: 'firmware.registered',
        state: 'waiting',
        tries: 1,
        last_status: 302,
        last_error: 'The receiver answered 302; redirects are not followed.',
        next_try_at: expect.stringMatching(/Z$/),
        ended_at: null,
      });
    });
    expect((await ask('GET', `/${id}/deliveries?limit=0`)).status).toBe(400);
    expect((await ask('PATCH', `/${id}`, { is_active: false })).body).toMatchObject({
      is_active: false,
      waiting: 0,
      disabled_because: 'The webhook was deactivated.',
    });
    expect((await ask('GET', `/${id}/deliveries`)).body[0]).toMatchObject({ state: 'failed' });
  });

  it('can be tested, deactivated and brought back', async () => {
    const { id } = await make(['firmware.registered']);
    expect((await ask('POST', `/${id}/test`)).body).toEqual({ delivered: true, status: 204, error: null });
    expect(receiver.types()).toEqual(['webhook.test']);
    receiver.status = 500;
    expect((await ask('POST', `/${id}/test`)).body).toEqual({
      delivered: false,
      status: 500,
      error: 'The receiver answered 500.',
    });
    receiver.status = 204;
    await ask('PATCH', `/${id}`, { is_active: false });
    await client.publish(someBytes(93), { version: '9.3.0', is_stable: false });
    await eventually(noOlderTransaction);
    const { body } = await ask('PATCH', `/${id}`, { is_active: true });
    expect(body).toMatchObject({ is_active: true, disabled_because: null });
    await client.publish(someBytes(94), { version: '9.4.0', is_stable: false });
    await eventually(async () => {
      await Promise.resolve();
      expect(receiver.types()).toEqual(['webhook.test', 'webhook.test', 'firmware.registered']);
    });
    expect(receiver.received.at(-1)!.body.data.version).toBe('9.4.0');
  });

  it('may be told of the audit log', async () => {
    await make(['audit']);
    await client.admin('POST', '/enrollment-keys', { body: { device_type: 'sensor' } });
    await eventually(async () => {
      await Promise.resolve();
      expect(receiver.received.at(-1)?.body.data).toMatchObject({ action: 'enrollment_key.create' });
    });
  });

  it.each([
    [{ url: 'ftp://example.com/', events: ['firmware'] }, 'WEBHOOK_URL_NOT_ALLOWED'],
    [{ url: 'https://a:b@example.com/', events: ['firmware'] }, 'WEBHOOK_URL_NOT_ALLOWED'],
    [{ url: 'https://example.com/', events: ['firmwares'] }, 'WEBHOOK_EVENT_UNKNOWN'],
    [{ url: 'https://example.com/', events: [] }, 'VALIDATION_FAILED'],
    [{ url: 'https://example.com/', events: [7] }, 'VALIDATION_FAILED'],
    [{ url: 'https://example.com/', events: 'firmware' }, 'VALIDATION_FAILED'],
    [{ url: 7, events: ['firmware'] }, 'VALIDATION_FAILED'],
    [{ url: `https://example.com/${'x'.repeat(2_000)}`, events: ['firmware'] }, 'VALIDATION_FAILED'],
    [{ url: 'https://example.com/', events: ['firmware'], secret: 'x' }, 'VALIDATION_FAILED'],
    [{ events: ['firmware'] }, 'VALIDATION_FAILED'],
  ])('are not made of %j', async (body, code) => {
    const answer = await ask('POST', '', body);
    expect([answer.status, answer.body.code]).toEqual([400, code]);
  });

  it.each([
    ['PATCH', ''],
    ['DELETE', ''],
    ['POST', '/test'],
    ['GET', '/deliveries'],
  ])('that there are not answer 404: %s …/{id}%s', async (method, path) => {
    const answer = await ask(method, `/999999${path}`, method === 'PATCH' ? {} : undefined);
    expect([answer.status, answer.body.code]).toEqual([404, 'WEBHOOK_NOT_FOUND']);
  });

  it('are few', async () => {
    for (let made = 0; made < 20; made++) await make(['rollout'], `https://example.com/${made}`);
    const { status, body } = await ask('POST', '', { url: 'https://example.com/', events: ['rollout'] });
    expect([status, body.code]).toEqual([409, 'TOO_MANY_WEBHOOKS']);
  });
});

describe('webhooks where addresses of the inside are not allowed', () => {
  let app: TestApp;
  let client: Client;

  beforeAll(async () => {
    app = await startTestApp();
    client = new Client(app);
  });
  afterAll(() => app.close());

  it('do not lead there by an address, nor by a name', async () => {
    const ask = (url: string): Promise<Answer> =>
      client.admin('POST', '/webhooks', { body: { url, events: ['firmware'] } });
    const refused = await ask('http://0x7f000001:8000/');
    expect([refused.status, refused.body.code]).toEqual([400, 'WEBHOOK_URL_NOT_ALLOWED']);
    expect(refused.body.detail).toBe('The URL leads to 127.0.0.1, which is a private address.');
    const { id } = (await ask(`http://localhost:${new URL(app.url).port}/health`)).body;
    const { body } = await client.admin('POST', `/webhooks/${id}/test`);
    expect(body).toEqual({
      delivered: false,
      status: null,
      error: 'localhost leads to a private address, and WEBHOOK_ALLOW_PRIVATE is not set.',
    });
  });
});
