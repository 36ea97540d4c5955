import { connect } from 'node:net';
import { LoadMonitor } from '../../src/overload/load-monitor.js';
import { Client, someBytes } from '../support/http-client.js';
import { LANES_OF_RUN, startTestApp, type TestApp } from '../support/test-app.js';

describe.each(LANES_OF_RUN)('a server under load, %s', (_way, lane) => {
  let app: TestApp;
  let client: Client;
  let firmware_id: number;

  /** As if every look of the last while had found the event loop so late. */
  const fallBehind = (lagMs: number): void => {
    const load = app.nest.get(LoadMonitor);
    for (let sample = 0; sample < 5; sample++) load.sample(lagMs);
  };

  beforeAll(async () => {
    app = await startTestApp({
      env: { ...lane, METRICS_TOKEN: 'a token' },
      limits: { eventLoopLagMs: 10_000, bodyTimeoutMs: 300 },
    });
    client = new Client(app);
    firmware_id = (await client.publish(someBytes(100), { version: '2.0.0' })).body.id;
    // What this test says of the load is not to be overruled by what is so.
    app.nest.get(LoadMonitor).beforeApplicationShutdown();
  });
  afterAll(() => app.close());

  it('asks to spread out, then refuses checks, then downloads, and reports last', async () => {
    const ask = async () => [
      (await client.check()).status,
      (await client.download(firmware_id)).status,
      (await client.report({ firmware_id, status: 'downloading' })).status,
    ];
    fallBehind(4_000);
    expect((await client.check()).body).not.toHaveProperty('retry_after');
    fallBehind(6_000);
    const { body } = await client.check();
    expect(body.firmware_id).toBe(firmware_id);
    expect(body.retry_after).toBeGreaterThanOrEqual(10);
    expect(body.retry_after).toBeLessThanOrEqual(120);

    fallBehind(20_000);
    const refused = await client.check();
    expect(refused.body).toMatchObject({ status: 503, code: 'OVERLOADED' });
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
    fallBehind(25_000);
    expect((await ask()).slice(0, 2)).toEqual([503, 503]);
    fallBehind(20_000);
    expect((await client.report({ firmware_id, status: 'downloading' })).status).toBe(200);
    fallBehind(30_000);
    expect(await ask()).toEqual([503, 503, 503]);
    expect((await client.send('GET', '/health')).status).toBe(200);

    fallBehind(0);
    expect(await ask()).toEqual([200, 200, 200]);
  });

  it('has counted all of it, for whoever has the token', async () => {
    expect((await client.send('GET', '/metrics')).status).toBe(401);
    const headers = { Authorization: 'Bearer a token' };
    const text = (await client.send('GET', '/metrics', { headers })).bytes.toString();
    for (const line of [
      /^ota_requests_shed_total\{route="check"\} 3$/m,
      /^ota_requests_shed_total\{route="status"\} \d$/m,
      /^ota_http_requests_total\{route="check",status="200"\} 3$/m,
      /^ota_http_requests_total\{route="check",status="503"\} 3$/m,
      /^ota_http_request_duration_seconds_count\{route="check"\} 6$/m,
      /^ota_checks_total\{outcome="offer"\} 3$/m,
      /^ota_reports_total\{status="downloading"\} \d$/m,
      /^ota_queue_depth\{queue="reports"\} 0$/m,
      /^ota_batch_size_count\{queue="reports"\} \d$/m,
      /^ota_event_loop_lag_seconds\{of="median"\} 0$/m,
      /^ota_http_sent_bytes_total\{route="download"\} [1-9]\d+$/m,
      /^process_resident_memory_bytes [1-9]/m,
    ]) {
      expect(text).toMatch(line);
    }
  });

  it('does not go on reading what it refused', async () => {
    fallBehind(30_000);
    const answer = await new Promise<string>((resolve) => {
      const socket = connect(Number(new URL(app.url).port), '127.0.0.1');
      let received = '';
      socket.on('data', (chunk) => (received += chunk.toString()));
      socket.on('error', () => undefined);
      socket.on('close', () => {
        resolve(received);
      });
      const head = ['POST /api/ota/check HTTP/1.1', 'Host: x', 'Content-Length: 10000000000', '', ''];
      socket.write(head.join('\r\n'));
      const more = (): boolean =>
        !socket.destroyed && socket.write(Buffer.alloc(1000), () => setTimeout(more, 10));
      more();
    });
    fallBehind(0);
    expect(answer).toMatch(/^HTTP\/1.1 503 /);
  });
});
