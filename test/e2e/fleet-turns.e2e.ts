import pg from 'pg';
import { Client, eventually, someBytes, type Answer } from '../support/http-client.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

describe('questions about the whole fleet', () => {
  let app: TestApp;
  let client: Client;

  beforeAll(async () => {
    app = await startTestApp({ limits: { fleetWaitMs: 300 } });
    client = new Client(app);
  });
  afterAll(() => app.close());

  /** Lets what reads a table wait until the work is done. */
  const withLock = async (table: string, { database }: TestApp, work: () => Promise<void>): Promise<void> => {
    const holder = new pg.Client({ connectionString: database.url });
    await holder.connect();
    try {
      await holder.query(`BEGIN; LOCK TABLE ${table} IN ACCESS EXCLUSIVE MODE`);
      await work();
    } finally {
      await holder.end();
    }
  };

  it('hold three connections at most, so that reports have some', async () => {
    const { body } = await client.publish(someBytes(100), { version: '2.0.0' });
    await client.admin('POST', '/groups', { body: { name: 'static', device_ids: [] } });
    const answers: Answer[] = [];
    const asked: Promise<unknown>[] = [];
    await withLock('device_group_member', app, async () => {
      for (const path of ['/devices?', '/devices/summary?', '/groups?', '/devices?sort=name&']) {
        for (let nth = 0; nth < 4; nth++) {
          const q = path.startsWith('/groups') ? '' : 'q=group:static';
          asked.push(client.admin('GET', path + q).then((answer) => answers.push(answer)));
        }
      }
      await eventually(() => {
        expect(answers.length).toBeGreaterThanOrEqual(9);
        return Promise.resolve();
      });
      for (const answer of answers) {
        expect(answer).toMatchObject({ status: 503, body: { code: 'OVERLOADED' } });
        expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
      }
      expect((await client.report({ firmware_id: body.id as number, status: 'downloading' })).status).toBe(
        200,
      );
    });
    await Promise.all(asked);
    expect((await client.admin('GET', '/devices?q=group:static')).status).toBe(200);
  });

  it('are ended when they take too long', async () => {
    const hasty = await startTestApp({ database: app.database, limits: { fleetQueryMs: 50 } });
    try {
      await withLock('device', hasty, async () => {
        for (const path of ['/devices?q=tag:a', '/devices/summary?q=tag:a']) {
          const answer = await new Client(hasty).admin('GET', path);
          expect(answer).toMatchObject({ status: 422, body: { code: 'FILTER_TOO_SLOW' } });
          expect(answer.body.detail).toMatch(/narrow the filter/);
        }
      });
    } finally {
      await hasty.close();
    }
  });
});
