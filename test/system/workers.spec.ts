import { readdirSync, readlinkSync } from 'node:fs';
import { Agent } from 'node:http';
import { createServer, type AddressInfo } from 'node:net';
import { jest } from '@jest/globals';
import { isAlive } from '../../src/config/is-alive.js';
import { eventually, multipart, send, someBytes } from '../support/http-client.js';
import { makeFolder, removeFolder, ServerProcess } from '../support/server-process.js';
import { getRequest, RawConnection } from '../support/raw-http.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { childrenOf } from '../support/worker-pids.js';

const ADMIN = { ADMIN_PASSWORD: 'a password' };
const CHECK = { device_id: 1, device_type: 'sensor', current_version: '1.0.0', current_build: 1 };

jest.setTimeout(180_000);

/** Empty for a descriptor that was closed meanwhile. */
function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}

describe('a server of two workers', () => {
  let folder: string;
  let database: TestDatabase;
  let server: ServerProcess;
  let url: string;
  let firmwareId: number;

  const check = (agent?: Agent) => send(`${url}/api/ota/check`, 'POST', { body: CHECK, agent });
  const metrics = async () => (await send(`${url}/metrics`, 'GET')).bytes.toString();
  const workers = () => childrenOf(server.pid).sort();

  beforeAll(async () => {
    folder = makeFolder();
    database = await createTestDatabase();
    server = new ServerProcess(folder, { ...ADMIN, WORKERS: '2', DATABASE_URL: database.url });
    url = await server.ready();
  });
  afterAll(async () => {
    await server.kill('SIGKILL');
    await removeFolder(folder);
    await database.drop();
  });

  it('announces itself once', () => {
    expect(server.output.match(/OTA server/g)).toHaveLength(1);
    expect(workers()).toHaveLength(2);
  });

  it('publishes in one what both offer', async () => {
    const body = { username: 'admin', password: ADMIN.ADMIN_PASSWORD };
    const login = await send(`${url}/api/auth/login`, 'POST', { body });
    const headers = { Authorization: `Bearer ${login.body.access_token}` };
    const form = multipart([{ name: 'file', filename: 'f.bin', content: someBytes(1000) }]);
    const upload = await send(`${url}/api/ota/admin/upload?device_type=sensor&version=2.0.0`, 'POST', {
      body: form.body,
      headers: { ...headers, 'Content-Type': form.type },
    });
    const { success: _, ...uploaded } = upload.body;
    const registered = await send(`${url}/api/ota/admin/firmware`, 'POST', {
      body: { ...uploaded, build_number: 1, is_stable: true },
      headers,
    });
    firmwareId = registered.body.id as number;
    // Connections are dealt out in turn, so of any two that follow each other both workers see one.
    await eventually(async () => {
      for (let i = 0; i < 4; i++) expect((await check()).body.firmware_id).toBe(firmwareId);
    });
  });

  it('keeps one attempt for a device that is heard by both at once', async () => {
    const report = (device_id: number, status: string) =>
      send(`${url}/api/ota/status`, 'POST', { body: { device_id, firmware_id: firmwareId, status } });
    const devices = Array.from({ length: 10 }, (_, n) => 100 + n);
    const answers = await Promise.all(
      devices.flatMap((id) => ['downloading', 'downloading', 'installing'].map((s) => report(id, s))),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    const rows = await database.query('SELECT device_id FROM device_ota_log WHERE device_id >= 100');
    expect(rows).toHaveLength(devices.length);
  });

  it('keeps nothing open in either for requests whose connection was cut', async () => {
    const open = () =>
      workers().flatMap((pid) => readdirSync(`/proc/${pid}/fd`).map((fd) => linkOf(`/proc/${pid}/fd/${fd}`)));
    for (let round = 0; round < 4; round++) {
      const connections = ['/docs/swagger-ui-bundle.js', '/docs/openapi.yaml', '/api/ota/download/1'].map(
        (path) => new RawConnection({ url }, false).send(getRequest(path).repeat(20)),
      );
      await new Promise((resolve) => setTimeout(resolve, 100));
      for (const { socket } of connections) socket.destroy();
    }
    await eventually(() => {
      expect(open().filter((target) => /swagger-ui-dist|store/.test(target))).toEqual([]);
      return Promise.resolve();
    }, 15_000);
  });

  it('adds up what both have counted', async () => {
    const [, before = ''] = /^ota_checks_total\{outcome="offer"\} (\d+)$/m.exec(await metrics()) ?? [];
    for (let i = 0; i < 4; i++) await check();
    expect(await metrics()).toContain(`ota_checks_total{outcome="offer"} ${Number(before) + 4}`);
  });

  it('replaces each worker on SIGHUP, and nobody notices', async () => {
    const before = workers();
    const until = new AbortController();
    const statuses: number[] = [];
    const keepAlive = new Agent({ keepAlive: true, maxSockets: 2 });
    const clients = [undefined, undefined, keepAlive, keepAlive].map(async (agent) => {
      while (!until.signal.aborted) statuses.push((await check(agent)).status);
    });
    process.kill(server.pid, 'SIGHUP');
    await eventually(() => {
      const now = workers();
      expect(now).toHaveLength(2);
      expect(now.filter((pid) => before.includes(pid))).toEqual([]);
      return Promise.resolve();
    }, 120_000);
    until.abort();
    await Promise.all(clients);
    keepAlive.destroy();
    expect(statuses.length).toBeGreaterThan(20);
    expect(statuses.filter((status) => status !== 200)).toEqual([]);
  });

  it('replaces a worker that is killed, and serves meanwhile', async () => {
    const [victim = 0] = workers();
    process.kill(victim, 'SIGKILL');
    await eventually(async () => expect((await check()).status).toBe(200), 30_000);
    await eventually(() => {
      const now = workers();
      expect(now).toHaveLength(2);
      expect(now).not.toContain(victim);
      return Promise.resolve();
    }, 120_000);
  });

  it('leaves no worker behind when it is killed itself', async () => {
    const left = workers();
    await server.kill('SIGKILL');
    await eventually(() => {
      expect(left.filter(isAlive)).toEqual([]);
      return Promise.resolve();
    });
  });

  it('says once why it cannot begin', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => other.once('listening', resolve));
    const { port } = other.address() as AddressInfo;
    const refused = new ServerProcess(folder, {
      WORKERS: '2',
      DATABASE_URL: database.url,
      PORT: String(port),
    });
    const code = await refused.ended;
    other.close();
    expect(code).toBe(1);
    expect(refused.errors.match(/^Port \d+ is in use by another process\..*$/gm)).toHaveLength(1);
  });
});
