import { DevicesService, type DeviceRecord } from '../../src/devices/devices.service.js';
import type { DeviceUpdate } from '../../src/domain/device-update.js';
import { AttemptRetention } from '../../src/logs/attempt-retention.js';
import { Client, eventually, someBytes } from '../support/http-client.js';
import { startTestApp, type TestApp } from '../support/test-app.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

const FILE = someBytes(100);
const FACTS = {
  elf_sha256: 'AB'.repeat(32),
  boot_id: 7,
  check_interval: 3_600,
  accepts_downgrade: true,
  attributes: { chip: 'ESP32-S3', rssi: -61, secure_boot: true },
};

/** Two servers, as devices behind a balancer meet them. */
describe('the record of a device', () => {
  let database: TestDatabase;
  let apps: [TestApp, TestApp];
  let one: Client;
  let other: Client;
  let nextDevice = 1;

  beforeAll(async () => {
    database = await createTestDatabase();
    const options = {
      database,
      env: { LOG_RETENTION_DAYS: '1' },
      limits: { checkInFlushMs: 20, repeatedOfferFlushMs: 50 },
    };
    const first = await startTestApp(options);
    apps = [first, await startTestApp({ ...options, firmwareStore: first.config.firmwareStore })];
    [one, other] = apps.map((app) => new Client(app)) as [Client, Client];
  });
  afterAll(async () => {
    for (const app of apps) await app.close();
    await database.drop();
  });

  const publish = async (device_type: string, version = '2.0.0'): Promise<number> => {
    const { id } = (await one.publish(FILE, { device_type, version })).body as { id: number };
    await eventually(async () => expect((await other.check({ device_type })).body.firmware_id).toBe(id));
    return id;
  };
  const find = (deviceId: number): Promise<DeviceRecord | null> =>
    apps[0].nest.get(DevicesService).find(deviceId);
  /** Waits until it looks so. */
  const shows = (deviceId: number, expected: Partial<Record<keyof DeviceRecord, unknown>>): Promise<void> =>
    eventually(async () => {
      expect(await find(deviceId)).toMatchObject(expected);
    });

  it.each([
    ['one server', () => [one, one] as const],
    ['two servers', () => [one, other] as const],
  ])('says what its checks at %s say, and keeps what they leave out', async (_what, clients) => {
    const [first, second] = clients();
    const device_id = nextDevice++;
    await first.check({ device_id, device_type: 'facts', current_version: 'v1.2.3', ...FACTS });
    const said = {
      version: { text: 'v1.2.3' },
      elfSha256: FACTS.elf_sha256.toLowerCase(),
      recentBootIds: [7],
      checkInterval: 3_600,
      acceptsDowngrade: true,
      ownAttributes: new Map(Object.entries(FACTS.attributes)),
    };
    await shows(device_id, said);
    await second.check({ device_id, device_type: 'facts', current_version: 'v1.2.3', current_build: 2 });
    await shows(device_id, { ...said, build: 2, elfSha256: null });
    const attributes = { chip: 'ESP32-S3', ['Not right']: 1 };
    await second.check({ device_id, device_type: 'facts', current_version: 'v1.2.3', ...FACTS, attributes });
    await shows(device_id, { ownAttributes: new Map([['chip', 'ESP32-S3']]) });
  });

  it('is not written for a number that changes with each check', async () => {
    const device_id = nextDevice++;
    const check = (rssi: number, more = {}) =>
      one.check({ device_id, device_type: 'numbers', ...FACTS, attributes: { rssi, ...more } });
    await check(-50);
    await shows(device_id, { ownAttributes: new Map([['rssi', -50]]) });
    const written = (await find(device_id))?.lastCheckedAt;
    await check(-51);
    // Another device's check, which is written with what waits.
    const next = nextDevice++;
    await one.check({ device_id: next, device_type: 'numbers' });
    await shows(next, { deviceType: 'numbers' });
    expect(await find(device_id)).toMatchObject({ lastCheckedAt: written });
    await check(-52, { site: 'lab' });
    await shows(device_id, {
      ownAttributes: new Map<string, unknown>([
        ['rssi', -52],
        ['site', 'lab'],
      ]),
    });
  });

  it('is of the newest check, whichever server took it', async () => {
    const ids = Array.from({ length: 20 }, () => nextDevice++);
    for (let build = 1; build <= 6; build++) {
      const client = build % 2 ? one : other;
      await Promise.all(
        ids.map((device_id) => client.check({ device_id, device_type: 'order', current_build: build })),
      );
    }
    for (const id of ids) await shows(id, { build: 6 });
  });

  it('shows that two devices have one id', async () => {
    const device_id = nextDevice++;
    const boot = async (client: Client, boot_id: number): Promise<void> => {
      await client.check({ device_id, device_type: 'twins', boot_id });
      await eventually(async () => expect((await find(device_id))?.recentBootIds[0]).toBe(boot_id));
    };
    await boot(one, 1);
    await boot(other, 2);
    expect(await find(device_id)).toMatchObject({ bootIdsAlternatedAt: null });
    await boot(other, 1);
    expect((await find(device_id))?.bootIdsAlternatedAt).toBe((await find(device_id))?.lastCheckedAt);
  });

  describe('and its last update', () => {
    const isUpdate = (deviceId: number, update: Partial<DeviceUpdate> | null) => shows(deviceId, { update });

    it('follows the reports, and an offer that is made again hides no failure', async () => {
      const firmware_id = await publish('fails');
      const device_id = nextDevice++;
      await one.check({ device_id, device_type: 'fails' });
      await isUpdate(device_id, { firmwareId: firmware_id, status: 'pending' });
      for (const [client, status] of [
        [one, 'downloading'],
        [other, 'installing'],
      ] as const) {
        await client.report({ device_id, firmware_id, status });
        expect((await find(device_id))?.update).toMatchObject({ status, isRolledBack: false });
      }
      const end = { status: 'failed', error_message: 'rolled back; reset reason: panic' };
      await other.report({ device_id, firmware_id, ...end });
      const failed = (await find(device_id))?.update;
      expect(failed).toMatchObject({ status: 'failed', isRolledBack: true });
      await other.report({ device_id, firmware_id, ...end });
      await one.check({ device_id, device_type: 'fails' });
      await eventually(async () => {
        const rows = await database.query('SELECT FROM device_ota_log WHERE device_id = $1', [device_id]);
        expect(rows).toHaveLength(2);
      });
      expect((await find(device_id))?.update).toEqual(failed);
      await one.report({ device_id, firmware_id, status: 'success' });
      expect((await find(device_id))?.update).toMatchObject({ status: 'success', isRolledBack: false });
    });

    it('is the next one that it is offered after a success', async () => {
      const first = await publish('next');
      const device_id = nextDevice++;
      await one.report({ device_id, firmware_id: first, status: 'success' });
      const second = await publish('next', '3.0.0');
      await one.check({ device_id, device_type: 'next', current_version: '2.0.0' });
      await isUpdate(device_id, { firmwareId: second, status: 'pending' });
    });

    it('stays when the attempts are deleted', async () => {
      const firmware_id = await publish('kept');
      const device_id = nextDevice++;
      await one.report({ device_id, firmware_id, status: 'failed' });
      await one.report({ device_id: nextDevice++, firmware_id, status: 'failed' });
      await database.query(
        `UPDATE device_ota_log SET created_at = created_at - interval '9 days', updated_at = updated_at - interval '9 days'
          WHERE device_id = $1`,
        [device_id],
      );
      await eventually(async () => {
        await apps[0].nest.get(AttemptRetention).run();
        const rows = await database.query('SELECT FROM device_ota_log WHERE device_id = $1', [device_id]);
        expect(rows).toEqual([]);
      });
      expect((await find(device_id))?.update).toMatchObject({ firmwareId: firmware_id, status: 'failed' });
    });

    it('is none when the device becomes another product', async () => {
      const firmware_id = await publish('changes');
      const device_id = nextDevice++;
      await one.check({ device_id, device_type: 'changes', ...FACTS });
      await one.report({ device_id, firmware_id, status: 'failed', error_message: 'rolled back' });
      await shows(device_id, { deviceType: 'changes', update: { isRolledBack: true } });
      await other.check({ device_id, device_type: 'changed' });
      const nothing = { checkInterval: null, elfSha256: null, ownAttributes: new Map() };
      await shows(device_id, { deviceType: 'changed', update: null, ...nothing });
    });

    it('is on record with the first word of a device, one of many', async () => {
      const firmware_id = await publish('first-words');
      const ids = Array.from({ length: 30 }, () => nextDevice++);
      await Promise.all(
        ids.flatMap((device_id) => [
          one.check({ device_id, device_type: 'first-words' }),
          other.report({ device_id, firmware_id, status: 'downloading' }),
        ]),
      );
      for (const id of ids) {
        await shows(id, { deviceType: 'first-words', update: { status: 'downloading' } });
      }
    });
  });
});
