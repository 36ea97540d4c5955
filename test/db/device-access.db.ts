import fc from 'fast-check';
import { DeviceAccess } from '../../src/devices/identity/device-access.service.js';
import { DeviceTokens } from '../../src/devices/identity/device-tokens.js';
import { ChangeFeed } from '../../src/database/change-feed.js';
import { Client, type Answer } from '../support/http-client.js';
import { startTestApp, type TestApp } from '../support/test-app.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { startWay, type Way } from '../support/way.js';
import { samples } from '../support/samples.js';

/** Two servers on one database; how the second one hears of changes differs. */
describe.each([
  'hears of changes',
  'has lost its notifications',
  'is on a connection that is half open',
] as const)('a revocation on one server, where another one %s', (hearing) => {
  let database: TestDatabase;
  let way: Way;
  let apps: readonly [TestApp, TestApp];
  let lastId = 0;

  beforeAll(async () => {
    database = await createTestDatabase();
    way = await startWay(database.url, { losesNotifications: hearing === 'has lost its notifications' });
    const first = await startTestApp({ database });
    const second = await startTestApp({
      database,
      env: { DATABASE_URL: database.url, DATABASE_DIRECT_URL: way.url },
    });
    apps = [first, second];
    if (hearing === 'is on a connection that is half open') {
      while (!second.nest.get(ChangeFeed).session) await new Promise((resolve) => setTimeout(resolve, 10));
      way.freeze();
    }
  });
  afterAll(async () => {
    for (const app of apps) await app.close();
    await way.close();
    await database.drop();
  });

  const check = (app: TestApp, deviceId: number, token: string): Promise<Answer> =>
    new Client(app).send('POST', '/api/ota/check', {
      headers: { Authorization: `Bearer ${token}` },
      body: { device_id: deviceId, device_type: 'sensor', current_version: '1.0.0', current_build: 1 },
    });

  it('ends the token here with its commit, and there before any use after the next look, whenever it is used', async () => {
    const admin = new Client(apps[0]);
    const looksThere = apps[1].nest.get(DeviceAccess);
    /** @returns how many uses were accepted that began after this abort */
    const useUntilRefused = async (app: TestApp, deviceId: number, token: string, over: AbortSignal) => {
      for (let late = 0; ;) {
        const isLate = over.aborted;
        if ((await check(app, deviceId, token)).status !== 200) return late;
        if (isLate) late += 1;
      }
    };
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 30 }), fc.boolean(), async (usesBefore, isUsedBefore) => {
        const deviceId = (lastId += 1);
        const token = (await admin.admin('POST', `/devices/${deviceId}/token`)).body.device_token as string;
        if (isUsedBefore)
          for (const app of apps) expect((await check(app, deviceId, token)).status).toBe(200);
        const [committed, looked] = [new AbortController(), new AbortController()];
        const uses = [
          useUntilRefused(apps[0], deviceId, token, committed.signal),
          useUntilRefused(apps[1], deviceId, token, looked.signal),
        ];
        // As long as it takes to be used so often.
        for (let n = 0; n < usesBefore; n++) await check(apps[0], deviceId, token);
        expect((await admin.admin('DELETE', `/devices/${deviceId}/token`)).status).toBe(200);
        // It was committed before the answer came.
        committed.abort();
        // The look that each server takes every half second, or when it hears of a change.
        await looksThere.refresh();
        looked.abort();
        expect(await Promise.all(uses)).toEqual([0, 0]);
      }),
      { numRuns: samples(8) },
    );
  });

  it('is heard of there without anybody asking', async () => {
    const admin = new Client(apps[0]);
    const deviceId = (lastId += 1);
    const token = (await admin.admin('POST', `/devices/${deviceId}/token`)).body.device_token as string;
    expect((await check(apps[1], deviceId, token)).status).toBe(200);
    expect((await admin.admin('DELETE', `/devices/${deviceId}/token`)).status).toBe(200);
    while ((await check(apps[1], deviceId, token)).status === 200);
  });
});

describe('who may speak for which device', () => {
  it('is known before a server is ready, also of a device whose tokens no other server has heard of', async () => {
    const database = await createTestDatabase();
    await database.query(
      `INSERT INTO device_access (device_id, identity, token_epoch)
       SELECT id, 'token', id % 7 FROM generate_series(1, 45000) AS one (id)`,
    );
    const app = await startTestApp({ database });
    const access = app.nest.get(DeviceAccess);
    for (const id of [1, 20_000, 20_001, 40_000, 45_000])
      expect([id, access.stateOf(id).epoch]).toEqual([id, id % 7]);
    expect(access.stateOf(45_001).identity).toBe('none');
    const token = app.nest.get(DeviceTokens).mint({ deviceId: 1, epoch: 2 });
    const { status } = await new Client(app).send('POST', '/api/ota/check', {
      headers: { Authorization: `Bearer ${token}` },
      body: { device_id: 1, device_type: 'sensor', current_version: '1.0.0', current_build: 1 },
    });
    expect(status).toBe(200);
    await app.close();
    await database.drop();
  });
});
