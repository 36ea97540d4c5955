import { createConnection } from 'node:net';
import { createInterface } from 'node:readline';
import { UnconfirmedDevices } from '../../src/logs/unconfirmed-devices.js';
import { Client, eventually, someBytes, type Answer } from '../support/http-client.js';
import { samples } from '../support/samples.js';
import { LANES_OF_RUN, startTestApp, type TestApp } from '../support/test-app.js';

const retryAfter = ({ headers }: Answer): number => Number(headers['retry-after']);
const metric = async (client: Client, name: string): Promise<number> => {
  const text = (await client.send('GET', '/metrics')).bytes.toString();
  const line = text.split('\n').find((one) => one.startsWith(`${name} `));
  return Number(line?.split(' ')[1] ?? 0);
};

describe.each(LANES_OF_RUN)('rate limits, %s', (_, lane) => {
  let app: TestApp;
  let client: Client;
  let firmware_id: number;

  beforeAll(async () => {
    // One a minute: nothing is paid off while a test runs.
    app = await startTestApp({
      env: { ...lane, RATE_LIMIT_DEVICE_PER_MINUTE: '1', NEW_DEVICES_PER_MINUTE: '0' },
    });
    client = new Client(app);
    firmware_id = (await client.publish(someBytes(100), { version: '2.0.0' })).body.id;
  });
  afterAll(() => app.close());

  it('let a device send 30 checks and reports at once, and refuse the next one before any work', async () => {
    const statuses: number[] = [];
    for (let n = 0; n < 15; n++) {
      statuses.push((await client.check({ device_id: 7 })).status);
      statuses.push((await client.report({ device_id: 7, firmware_id, status: 'downloading' })).status);
    }
    expect(new Set(statuses)).toEqual(new Set([200]));
    const refused = [
      await client.check({ device_id: 7 }),
      await client.report({ device_id: 7, firmware_id, status: 'success' }),
    ];
    for (const answer of refused) {
      expect(answer.headers['content-type']).toBe('application/problem+json; charset=utf-8');
      expect(answer.body).toMatchObject({ status: 429, code: 'RATE_LIMITED', title: 'Too Many Requests' });
      expect(answer.body.detail).toMatch(
        /^A device may send 1 checks and reports a minute: try again in \d+ seconds\.$/,
      );
      expect(retryAfter(answer)).toBeGreaterThanOrEqual(1);
      expect(retryAfter(answer)).toBeLessThanOrEqual(60);
    }
    expect(await metric(client, 'ota_rate_limited_total{limit="device"}')).toBe(2);
    const { body } = await client.admin('GET', '/logs?device_id=7');
    expect(body).toMatchObject([{ status: 'downloading' }]);
  });

  it('are those of each device alone, and not of downloads', async () => {
    for (let n = 0; n < 31; n++) await client.check({ device_id: 8 });
    expect((await client.check({ device_id: 8 })).status).toBe(429);
    expect((await client.check({ device_id: 9 })).status).toBe(200);
    for (let n = 0; n < 100; n++) {
      expect((await client.download(firmware_id, { Range: 'bytes=0-9' })).status).toBe(206);
    }
  });

  it('do not count what is no valid request of a device', async () => {
    for (let n = 0; n < 40; n++) await client.check({ device_id: 10, current_build: -1 });
    expect((await client.check({ device_id: 10 })).status).toBe(200);
  });
});

describe.each(LANES_OF_RUN)('devices that were never seen before, %s', (_, lane) => {
  const PER_MINUTE = 5;
  let app: TestApp;
  let other: TestApp;
  let client: Client;
  let firmware_id: number;

  const from = (address: string, device_id: number): Promise<Answer> =>
    client.send('POST', '/api/ota/check', {
      headers: { 'X-Forwarded-For': address },
      body: { device_id, device_type: 'sensor', current_version: '1.0.0', current_build: 1 },
    });
  const idsOnRecord = async (least: number, most: number): Promise<number[]> => {
    const sql = 'SELECT id FROM device WHERE id BETWEEN $1 AND $2 ORDER BY id';
    return (await app.database.query<{ id: string }>(sql, [least, most])).map(({ id }) => Number(id));
  };

  beforeAll(async () => {
    const env = { ...lane, NEW_DEVICES_PER_MINUTE: String(PER_MINUTE), TRUST_PROXY: 'loopback' };
    app = await startTestApp({ env });
    other = await startTestApp({ database: app.database, firmwareStore: app.config.firmwareStore });
    client = new Client(app);
    firmware_id = (await client.publish(someBytes(100), { version: '2.0.0' })).body.id;
  });
  afterAll(async () => {
    await other.close();
    await app.close();
  });

  it('are let in up to the limit of an address; others get no offer and no row', async () => {
    const answers = [];
    for (let id = 1_001; id <= 1_008; id++) answers.push(await from('192.0.2.1', id));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200, 429, 429, 429]);
    expect(answers.at(-1)?.body).toMatchObject({ code: 'RATE_LIMITED', status: 429 });
    expect(retryAfter(answers.at(-1)!)).toBeGreaterThanOrEqual(1);
    expect(retryAfter(answers.at(-1)!)).toBeLessThanOrEqual(120);
    await eventually(async () => {
      expect(await idsOnRecord(1_001, 1_008)).toEqual([1_001, 1_002, 1_003, 1_004, 1_005]);
    });
    expect(await metric(client, 'ota_rate_limited_total{limit="new_devices"}')).toBe(3);
  });

  it('are not refused when they were admitted before, or reported', async () => {
    expect((await from('192.0.2.1', 1_001)).status).toBe(200);
    const report = (device_id: number): Promise<Answer> =>
      client.send('POST', '/api/ota/status', {
        headers: { 'X-Forwarded-For': '192.0.2.1' },
        body: { device_id, firmware_id, status: 'downloading' },
      });
    expect((await report(1_002)).status).toBe(200);
    expect((await report(1_009)).body).toMatchObject({ code: 'RATE_LIMITED' });
    expect(await idsOnRecord(1_009, 1_009)).toEqual([]);
  });

  it('are counted by the /64 network of an IPv6 address', async () => {
    const statuses = [];
    for (let id = 2_001; id <= 2_006; id++)
      statuses.push((await from(`2001:db8:1:2:${id.toString(16)}::1`, id)).status);
    expect(statuses).toEqual([200, 200, 200, 200, 200, 429]);
    expect((await from('2001:db8:1:3::1', 2_007)).status).toBe(200);
  });

  it('are not new when another server has seen them', async () => {
    const moving = Array.from({ length: 40 }, (_id, index) => 3_001 + index);
    const there = new Client(other);
    await Promise.all(moving.map((device_id) => there.check({ device_id })));
    await eventually(async () => {
      expect(await idsOnRecord(3_001, 3_040)).toEqual(moving);
    });
    const answers = await Promise.all(moving.map((id) => from('198.51.100.7', id)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
  });

  it('are limited from all addresses together', async () => {
    const answers: Answer[] = [];
    for (let n = 1; n <= 100; n++) answers.push(await from(`203.0.113.${n}`, 4_000 + n));
    const refused = answers.filter(({ status }) => status === 429);
    // Each is the first of its address.
    expect(refused.length).toBeGreaterThan(0);
    expect(refused.length).toBeLessThan(100);
    expect((await from('192.0.2.1', 1_001)).status).toBe(200);
  });
});

describe('an admin or a token', () => {
  it('is refused over its limit, and nobody else is', async () => {
    const app = await startTestApp({ env: { RATE_LIMIT_ADMIN_PER_MINUTE: '3' } });
    try {
      const client = new Client(app);
      const statuses = [];
      for (let n = 0; n < 4; n++) statuses.push((await client.admin('GET', '/logs')).status);
      expect(statuses).toEqual([200, 200, 200, 429]);
      const refused = await client.admin('POST', '/upload', { body: '' });
      expect(refused.body).toMatchObject({ code: 'RATE_LIMITED', status: 429 });
      expect(retryAfter(refused)).toBeGreaterThanOrEqual(1);
      expect(retryAfter(refused)).toBeLessThanOrEqual(20);
      expect(await metric(client, 'ota_rate_limited_total{limit="admin"}')).toBe(2);
      expect((await client.send('GET', '/docs/openapi.json')).status).toBe(200);
      expect((await client.check()).status).toBe(200);
    } finally {
      await app.close();
    }
  });
});

/** Sends checks of invented devices, over a few connections. @returns how many were answered with which status */
async function flood(app: TestApp, firstId: number, devices: number): Promise<Map<string, number>> {
  const statuses = new Map<string, number>();
  const { hostname, port } = new URL(app.url);
  let next = firstId;
  const connect = async (): Promise<void> => {
    const socket = createConnection(Number(port), hostname);
    const lines = createInterface(socket)[Symbol.asyncIterator]();
    while (next < firstId + devices) {
      const batch = Array.from({ length: PIPELINED }, () => requestOf(next++)).join('');
      socket.write(batch);
      for (let answered = 0; answered < PIPELINED;) {
        const { value, done } = (await lines.next()) as { value: string; done: boolean };
        if (done) throw new Error('The server closed the connection.');
        // The next head follows a body without a line end.
        const status = /HTTP\/1\.1 (\d+)/.exec(value)?.[1];
        if (status === undefined) continue;
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
        answered += 1;
      }
    }
    socket.destroy();
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, connect));
  return statuses;
}

const PIPELINED = samples(25);
const CONNECTIONS = 16;

function requestOf(device_id: number): string {
  const body = JSON.stringify({
    device_id,
    device_type: 'sensor',
    current_version: '1.0.0',
    current_build: 1,
  });
  const head = ['POST /api/ota/check HTTP/1.1', 'Host: x', 'Content-Type: application/json'];
  return `${head.join('\r\n')}\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
}

describe.each(LANES_OF_RUN)('a flood of invented devices, %s', (_, lane) => {
  const invented = samples(lane.DEVICE_LANE === 'on' ? 3_000 : 1_500);
  const PER_MINUTE = samples(500);
  const BOUND = samples(300);
  const NEVER = 3_600_000;
  let app: TestApp;
  let client: Client;
  let admitted: number;

  const count = async (): Promise<number> =>
    (await app.database.query('SELECT FROM device WHERE id >= 1000000')).length;

  beforeAll(async () => {
    const limits = { unconfirmedDevices: BOUND, unconfirmedSweepMs: NEVER, eventLoopLagMs: NEVER };
    app = await startTestApp({ env: { ...lane, NEW_DEVICES_PER_MINUTE: String(PER_MINUTE) }, limits });
    client = new Client(app);
    await client.publish(someBytes(100), { version: '2.0.0' });
  });
  afterAll(() => app.close());

  it(`of ${invented} makes few rows, while devices that are known are answered`, async () => {
    const healthy = Array.from({ length: 20 }, (_id, index) => index + 1);
    for (const device_id of healthy) expect((await client.check({ device_id })).status).toBe(200);

    const begun = performance.now();
    const flooding = flood(app, 1_000_000, invented);
    let asked = 0;
    const refused: Answer[] = [];
    const over = new AbortController();
    void flooding.finally(() => {
      over.abort();
    });
    while (!over.signal.aborted) {
      const answer = await client.check({ device_id: healthy[asked++ % healthy.length] });
      if (answer.body.update_available !== true) refused.push(answer);
    }
    const statuses = await flooding;
    const minutes = (performance.now() - begun) / 60_000;

    expect(refused).toEqual([]);
    expect(asked).toBeGreaterThan(10);
    admitted = statuses.get('200') ?? 0;
    expect([...statuses.keys()].sort()).toEqual(['200', '429']);
    expect(admitted + (statuses.get('429') ?? 0)).toBe(invented);
    expect(admitted).toBeGreaterThanOrEqual(PER_MINUTE - healthy.length);
    // Those that may come at once, and what is paid off meanwhile.
    expect(admitted).toBeLessThanOrEqual(PER_MINUTE * (1 + minutes));
    await eventually(async () => {
      expect(await count()).toBe(admitted);
    });
  }, 600_000);

  it('is forgotten again, the oldest first, but for those that came back', async () => {
    await app.database.query(`UPDATE device SET first_seen_at = now() - interval '1 hour' WHERE id <= 20`);
    await app.nest.get(UnconfirmedDevices, { strict: false }).sweep();
    const left = await count();
    expect(left).toBeLessThanOrEqual(BOUND);
    // Of the known ones some may be locked by a check-in, and count as if they had not come back.
    expect(left).toBeGreaterThanOrEqual(BOUND - 20);
    expect(await app.database.query('SELECT FROM device WHERE id <= 20')).toHaveLength(20);
    const { headers } = await client.admin('GET', '/logs?limit=1');
    expect(headers['x-total-count']).toBe(String(left + 20));
    expect(await metric(client, 'ota_devices_forgotten_total{reason="unconfirmed"}')).toBe(admitted - left);
  });
});
