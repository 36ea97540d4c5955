import { rename } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { createApp } from '../../src/server/create-app.js';
import { HealthMonitor } from '../../src/http/health/health-monitor.js';
import { Readiness } from '../../src/http/health/readiness.js';
import { completeStart } from '../../src/server/start-app.js';
import { Client, eventually, send } from '../support/http-client.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

describe('the health of a server', () => {
  let app: TestApp;
  let client: Client;
  const get = (path: string) => client.send('GET', path);

  beforeAll(async () => {
    app = await startTestApp({ limits: { healthLookMs: 20, healthPatienceMs: 100, heartbeatMs: 100 } });
    client = new Client(app);
  });
  afterAll(() => app.close());

  it('is well when everything works', async () => {
    expect((await get('/health')).body).toEqual({ status: 'ok' });
    expect((await get('/health/ready')).body).toEqual({ status: 'ok' });
    await eventually(async () => {
      const { status, body } = await get('/health/status');
      expect(status).toBe(200);
      expect(body).toEqual({
        status: 'ok',
        database: 'ok',
        store: 'ok',
        catalog_age_seconds: expect.any(Number),
      });
    }, 30_000);
    expect((await get('/metrics')).bytes.toString()).toMatch(/^ota_catalog_age_seconds \d/m);
  }, 60_000);

  it('says that the store is gone, and that it is back', async () => {
    const { firmwareStore } = app.config;
    await rename(firmwareStore, `${firmwareStore}-gone`);
    await eventually(async () => {
      const { status, body } = await get('/health/status');
      expect([status, body.status, body.store]).toEqual([503, 'degraded', 'its folder is missing']);
    }, 30_000);
    expect((await get('/health/ready')).status).toBe(200);
    await rename(`${firmwareStore}-gone`, firmwareStore);
    await eventually(async () => expect((await get('/health/status')).status).toBe(200), 30_000);
  }, 90_000);

  it('answers at once while the store gives no answer', async () => {
    let looks = 0;
    let release = (): void => undefined;
    const frozen = new Promise<null>((resolve) => {
      release = () => {
        resolve(null);
      };
    });
    app.nest.get(HealthMonitor).watch('store', () => {
      looks += 1;
      return frozen;
    });
    await eventually(async () => {
      const { status, body } = await get('/health/status');
      expect([status, body.store]).toEqual([503, 'no answer within 0.1 s']);
    }, 30_000);
    expect((await get('/health')).status).toBe(200);
    expect((await get('/health/ready')).status).toBe(200);
    // One that hangs is not followed by others, which would soon hold every thread.
    expect(looks).toBe(1);
    release();
    await eventually(async () => expect((await get('/health/status')).status).toBe(200), 30_000);
  }, 90_000);

  it('is ready only once everything of the start is done, and no longer when it stops', async () => {
    const other = await createApp(app.config, app.database.url);
    await other.listen(0, '127.0.0.1');
    const { port } = other.getHttpServer().address() as AddressInfo;
    const ready = async () => {
      const { status, body } = await send(`http://127.0.0.1:${port}/health/ready`, 'GET');
      return [status, body.code ?? body.status, body.detail ?? ''];
    };
    try {
      expect(await ready()).toEqual([503, 'NOT_READY', expect.stringContaining('starting')]);
      await completeStart(other);
      expect(await ready()).toEqual([200, 'ok', '']);
      other.get(Readiness).stopping();
      expect(await ready()).toEqual([503, 'NOT_READY', expect.stringContaining('stopping')]);
    } finally {
      other.getHttpServer().closeAllConnections();
      await other.close();
    }
  }, 60_000);
});
