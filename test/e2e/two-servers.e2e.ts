import { Client, eventually, someBytes } from '../support/http-client.js';
import { PATIENCE } from '../support/patience.js';
import { startTestApp, type TestApp } from '../support/test-app.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

const FILE = someBytes(100);

describe('two servers on one database', () => {
  let database: TestDatabase;
  let apps: TestApp[];

  beforeAll(async () => {
    database = await createTestDatabase();
    // A loop is read late on a busy machine.
    const limits = { catalogRefreshMs: 3_600_000, loopRefreshMs: 1_000 };
    const one = await startTestApp({ database, limits });
    apps = [
      one,
      await startTestApp({
        database,
        firmwareStore: one.config.firmwareStore,
        limits,
      }),
    ];
  });
  afterAll(async () => {
    for (const app of apps) await app.close();
    await database.drop();
  });

  it('offer and serve what the other registered, within a second', async () => {
    const [one, other] = apps.map((app) => new Client(app)) as [Client, Client];
    const { body } = await one.publish(FILE, { version: '2.0.0' });
    await eventually(
      async () => expect((await other.check()).body.firmware_id).toBe(body.id),
      1_000 * PATIENCE,
    );
    expect((await other.download(body.id as number)).bytes.equals(FILE)).toBe(true);
    await other.admin('DELETE', `/firmware/${body.id}`);
    await eventually(
      async () => expect((await one.check()).body.reason).toBe('no_release'),
      1_000 * PATIENCE,
    );
  });

  /** A device that installs what it is offered, and goes on saying what it said. @returns what it is answered, in order */
  const install = async (clients: readonly Client[], rounds: number, question: Record<string, unknown>) => {
    const answers: unknown[] = [];
    for (let round = 0; round < rounds; round++) {
      const client = clients[round % clients.length]!;
      const { body } = await client.check(question);
      answers.push(body.reason ?? body.firmware_id);
      for (const status of ['downloading', 'success']) {
        if (body.firmware_id === undefined) break;
        await client.report({ device_id: question['device_id'], firmware_id: body.firmware_id, status });
      }
    }
    return answers;
  };

  it('let a device install one firmware three times, whichever of them it talks to, until there is another', async () => {
    const clients = apps.map((app) => new Client(app));
    const [one] = clients as [Client];
    const publish = async (build_number: number): Promise<number> =>
      (await one.publish(FILE, { device_type: 'loop', version: '1.1.0', build_number })).body.id;
    const device = { device_id: 1, device_type: 'loop', current_version: '1.1.0', current_build: 2 };
    const first = await publish(57);
    await eventually(async () => {
      for (const client of clients) {
        expect((await client.check({ ...device, device_id: 99 })).body.firmware_id).toBe(first);
      }
    });
    expect(await install(clients, 7, device)).toEqual([
      first,
      first,
      first,
      'update_loop',
      'update_loop',
      'update_loop',
      'update_loop',
    ]);
    const metrics = await one.send('GET', '/metrics');
    expect(metrics.bytes.toString()).toMatch(/ota_checks_total\{outcome="update_loop"\} [1-9]/);
    // Others go on.
    expect(await install(clients, 1, { ...device, device_id: 2 })).toEqual([first]);

    const second = await publish(58);
    await eventually(async () => {
      for (const client of clients) expect((await client.check(device)).body.firmware_id).toBe(second);
    });
    expect(await install(clients, 4, device)).toEqual([second, second, second, 'update_loop']);
    const third = await startTestApp({ database, firmwareStore: apps[0]!.config.firmwareStore });
    expect((await new Client(third).check(device)).body.reason).toBe('update_loop');
    apps.push(third);
  });

  it('count anew when a device says that it runs what it installed', async () => {
    const clients = apps.map((app) => new Client(app));
    const device = { device_id: 3, device_type: 'bench' };
    const { body } = await clients[0]!.publish(FILE, { device_type: 'bench', version: '2.0.0' });
    await eventually(async () => {
      for (const client of clients) {
        expect((await client.check({ ...device, device_id: 98 })).body.firmware_id).toBe(body.id);
      }
    });
    for (let flashed = 0; flashed < 5; flashed++) {
      expect(await install(clients, 1, { ...device, current_version: '1.0.0' })).toEqual([body.id]);
      let current_build = 1;
      await eventually(async () => {
        // Another build each time, since what is on record is not written again.
        await clients[0]!.check({ ...device, current_version: '2.0.0', current_build: current_build++ });
        const [row] = await database.query('SELECT update_successes FROM device WHERE id = 3');
        expect(row).toEqual({ update_successes: null });
      });
    }
  });
});
