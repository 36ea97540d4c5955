import { jest } from '@jest/globals';
import { Principals } from '../../src/auth/principals.js';
import { Client, eventually } from '../support/http-client.js';
import { LANES_OF_RUN, startTestApp, type TestApp } from '../support/test-app.js';

const FILE = Buffer.alloc(64, 0xa5);

describe.each(LANES_OF_RUN)('the log, %s', (_way, env) => {
  let app: TestApp;
  let client: Client;
  let output = '';
  let stdout: { mockRestore(): void };

  beforeAll(async () => {
    stdout = jest.spyOn(process.stdout, 'write').mockImplementation((text) => {
      // A line is JSON, or plain on a terminal.
      output += String(text).replaceAll('\\"', '"');
      return true;
    });
    app = await startTestApp({ env: { ...env, LOG_LEVEL: 'info' } });
    client = new Client(app);
  });
  afterAll(async () => {
    await app.close();
    stdout.mockRestore();
  });

  const lineOf = async (start: string): Promise<string> => {
    const pattern = new RegExp(`${start} (?:\\d+|aborted) [\\d.]+ms 127\\.0\\.0\\.1([^\\n\\\\,]*)`);
    let found: string | undefined;
    await eventually(async () => {
      found = pattern.exec(output)?.[1];
      await Promise.resolve();
      expect(found).toBeDefined();
    });
    return found!;
  };

  it('names the admin who asked', async () => {
    await client.admin('GET', '/logs?limit=1');
    expect(await lineOf('GET /api/ota/admin/logs')).toMatch(/^ by "admin"/);
  });

  it('names the admin who opened a draft, and nobody who was refused it', async () => {
    const { body } = await client.publish(FILE, { is_stable: false });
    const path = `/api/ota/download/${body.id}`;
    await client.download(body.id as number, { Authorization: `Bearer ${app.token}` });
    expect(await lineOf(`GET ${path}`)).toMatch(/^ by "admin"/);
    output = '';
    expect((await client.download(body.id as number)).status).toBe(404);
    expect(await lineOf(`GET ${path}`)).not.toContain('by');
  });

  it('names also a user who was refused for the role', async () => {
    const known = jest.spyOn(app.nest.get(Principals), 'of');
    known.mockResolvedValueOnce({ id: 2, name: 'Anna', role: 'viewer', via: 'password', token: null });
    expect((await client.admin('POST', '/store/clean')).status).toBe(403);
    expect(await lineOf('POST /api/ota/admin/store/clean')).toMatch(/^ by "Anna"/);
    known.mockRestore();
  });

  it.each([
    ['a device', 'POST', '/api/ota/check'],
    ['a wrong token', 'GET', '/api/ota/admin/firmware'],
    ['a stranger', 'GET', '/metrics'],
  ])('names nobody for %s', async (_who, method, path) => {
    if (path === '/api/ota/check') await client.check();
    else await client.send(method, path, { headers: { Authorization: 'Bearer wrong' } });
    expect(await lineOf(`${method} ${path}`)).not.toContain('by');
  });

  it('says which admin uploaded, registered, changed, deactivated and purged what', async () => {
    const { body } = await client.publish(FILE, { version: '2.0.0', is_stable: false });
    const path = `/firmware/${body.id}`;
    await client.admin('PATCH', path, { body: { description: 'x', is_active: true } });
    await client.admin('DELETE', path);
    await client.admin('DELETE', `${path}?purge=true`);
    for (const sentence of [
      `"admin" uploaded sensor/v2.0.0.bin (${FILE.length} bytes).`,
      `"admin" registered firmware ${body.id}: sensor 2.0.0 build 1.`,
      `"admin" changed firmware ${body.id}: description, isActive.`,
      `"admin" deactivated firmware ${body.id}.`,
      `"admin" purged firmware ${body.id}.`,
    ]) {
      expect(output).toContain(sentence);
    }
  });
});
