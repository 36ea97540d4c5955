import { request } from 'node:http';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { multipart, send, sha256, someBytes } from '../support/http-client.js';
import { makeFolder, removeFolder, ServerProcess } from '../support/server-process.js';

const ADMIN = { ADMIN_PASSWORD: 'a password' };

/** kill -9 in the middle of everything, and what is there afterwards. */
describe('a server that is killed', () => {
  let folder: string;
  let server: ServerProcess;
  let url: string;
  let authorization: Record<string, string>;

  const start = async () => {
    server = new ServerProcess(folder, ADMIN);
    url = await server.ready();
    const body = { username: 'admin', password: ADMIN.ADMIN_PASSWORD };
    const login = await send(`${url}/api/auth/login`, 'POST', { body });
    authorization = { Authorization: `Bearer ${login.body.access_token}` };
  };
  beforeAll(async () => {
    folder = makeFolder();
    await start();
  });
  afterAll(async () => {
    await server.kill('SIGKILL');
    await removeFolder(folder);
  });

  it('leaves nothing half-written, and every acknowledged report', async () => {
    const image = someBytes(200_000);
    const form = multipart([{ name: 'file', filename: 'f.bin', content: image }]);
    const upload = (version: string) =>
      send(`${url}/api/ota/admin/upload?device_type=sensor&version=${version}`, 'POST', {
        body: form.body,
        headers: { ...authorization, 'Content-Type': form.type },
      });
    const uploaded = (await upload('1.0.0')).body;
    const registered = await send(`${url}/api/ota/admin/firmware`, 'POST', {
      body: { ...uploaded, build_number: 1, is_stable: true },
      headers: authorization,
    });
    const firmware_id = registered.body.id as number;

    // An upload that is under way, and others that come and go.
    const half = request(`${url}/api/ota/admin/upload?device_type=sensor&version=9.0.0`, {
      method: 'POST',
      headers: { ...authorization, 'Content-Type': form.type, 'Content-Length': form.body.length },
    });
    half.on('error', () => undefined);
    half.write(form.body.subarray(0, 100_000));
    const until = new AbortController();
    const uploads = (async () => {
      for (let n = 0; !until.signal.aborted; n++) await upload(`2.0.${n}`).catch(() => undefined);
    })();

    const acknowledged = new Map<number, string>();
    const devices = Array.from({ length: 16 }, async (_unused, n) => {
      for (let device_id = n + 1; !until.signal.aborted; device_id += 16) {
        for (const status of ['downloading', 'installing', 'success']) {
          const answer = await send(`${url}/api/ota/status`, 'POST', {
            body: { device_id, firmware_id, status },
          }).catch(() => undefined);
          if (answer?.status === 200) acknowledged.set(device_id, status);
        }
      }
    });
    while (acknowledged.size < 200) await new Promise((resolve) => setTimeout(resolve, 20));
    await server.kill('SIGKILL');
    until.abort();
    await Promise.all([...devices, uploads]);

    await start();
    const store = join(folder, 'store');
    const files = (await readdir(store, { recursive: true, withFileTypes: true })).filter((entry) =>
      entry.isFile(),
    );
    expect(files.length).toBeGreaterThan(0);
    for (const file of files) {
      expect(file.name).toMatch(/^v\d+\.\d+\.\d+\.bin$/);
      expect(sha256(await readFile(join(file.parentPath, file.name)))).toBe(sha256(image));
    }
    expect(files.map(({ name }) => name)).not.toContain('v9.0.0.bin');

    const logged = new Map<number, string>();
    for (let skip = 0; ; skip += 1000) {
      const { body } = await send(`${url}/api/ota/admin/logs?limit=1000&skip=${skip}`, 'GET', {
        headers: authorization,
      });
      for (const row of body) logged.set(row.device_id, row.status);
      if (body.length < 1000) break;
    }
    const order = ['downloading', 'installing', 'success'];
    const lost = [...acknowledged].filter(
      ([device, status]) => order.indexOf(logged.get(device) ?? '') < order.indexOf(status),
    );
    expect(lost).toEqual([]);

    const offered = await send(`${url}/api/ota/check`, 'POST', {
      body: { device_id: 1, device_type: 'sensor', current_version: '0.1.0', current_build: 1 },
    });
    expect(offered.body.firmware_id).toBe(firmware_id);
  });
});
