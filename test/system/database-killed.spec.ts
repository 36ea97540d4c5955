import { join } from 'node:path';
import { jest } from '@jest/globals';
import { findPostmaster } from '../../src/database/embedded/postmaster.js';
import { eventually, send } from '../support/http-client.js';
import { makeFolder, removeFolder, ServerProcess } from '../support/server-process.js';

jest.setTimeout(240_000);

describe.each([1, 2])('an embedded PostgreSQL that is killed, below %d workers', (workers) => {
  let folder: string;
  let server: ServerProcess;
  let url: string;
  const get = async (path: string) => (await send(`${url}${path}`, 'GET')).status;
  const check = () =>
    send(`${url}/api/ota/check`, 'POST', {
      body: { device_id: 1, device_type: 'sensor', current_version: '1.0.0', current_build: 1 },
    });
  const report = () =>
    send(`${url}/api/ota/status`, 'POST', { body: { device_id: 1, firmware_id: 1, status: 'pending' } });

  beforeAll(async () => {
    folder = makeFolder();
    server = new ServerProcess(folder, { WORKERS: String(workers) });
    url = await server.ready();
  });
  afterAll(async () => {
    await server.kill('SIGKILL');
    await removeFolder(folder);
  });

  it('is missed by what needs it only, and everything is well again by itself', async () => {
    const { pid = 0 } = findPostmaster(join(folder, 'data', 'postgres')) ?? {};
    process.kill(pid, 'SIGKILL');
    const statuses = new Set<number>();
    await eventually(async () => {
      expect((await check()).status).toBe(200);
      expect(await get('/health/ready')).toBe(200);
      statuses.add((await report()).status);
      // There is no such firmware: the database has said so.
      for (let i = 0; i < 2 * workers; i++) expect((await report()).status).toBe(404);
      for (let i = 0; i < 2 * workers; i++) expect(await get('/health/status')).toBe(200);
      expect(findPostmaster(join(folder, 'data', 'postgres'))?.pid ?? pid).not.toBe(pid);
    }, 120_000);
    expect([...statuses].filter((status) => status !== 503 && status !== 404)).toEqual([]);
    expect(await server.kill('SIGTERM')).toBe(0);
    expect(findPostmaster(join(folder, 'data', 'postgres'))).toBeNull();
  });
});
