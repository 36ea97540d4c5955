import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { connect } from 'node:net';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { jest } from '@jest/globals';
import { eventually, send } from '../support/http-client.js';
import { makeFolder, removeFolder, ServerProcess } from '../support/server-process.js';
import { createTestDatabase } from '../support/test-database.js';

jest.setTimeout(180_000);
const run = promisify(execFile);

const CLIENTS = 40;
const BODY = '{"device_id":1,"device_type":"sensor","current_version":"1.0.0","current_build":1}';

/** Sends one request after the other until nobody listens any more. */
class BusyClient {
  answered = 0;
  /** Requests that were sent and not answered. */
  lost = 0;

  constructor(
    private readonly port: number,
    private readonly keepsAlive: boolean,
  ) {}

  async run(): Promise<void> {
    while (await this.useConnection());
  }

  /** @returns false when none can be made */
  private useConnection(): Promise<boolean> {
    const head = `POST /api/ota/check HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n`;
    const request = `${head}${this.keepsAlive ? '' : 'Connection: close\r\n'}Content-Length: ${BODY.length}\r\n\r\n${BODY}`;
    return new Promise((resolve) => {
      let [isConnected, isWaiting, text, closes] = [false, false, '', false];
      const socket = connect(this.port, '127.0.0.1');
      const ask = (): void => {
        isWaiting = true;
        text = '';
        socket.write(request);
      };
      socket.on('connect', () => {
        isConnected = true;
        ask();
      });
      socket.on('data', (bytes: Buffer) => {
        text += bytes.toString();
        const [head, body = ''] = text.split('\r\n\r\n', 2);
        const length = Number(/content-length: (\d+)/i.exec(text)?.[1]);
        if (head === undefined || body.length < length || Number.isNaN(length)) return;
        isWaiting = false;
        this.answered += 1;
        closes = /connection: close/i.test(head);
        if (closes) socket.end();
        else ask();
      });
      socket.on('error', () => undefined);
      socket.on('close', () => {
        if (isWaiting) this.lost += 1;
        resolve(isConnected);
      });
    });
  }
}

describe('a server that is stopped', () => {
  let folder: string;
  const servers: ServerProcess[] = [];
  const start = (env: Record<string, string>) => {
    const server = new ServerProcess(folder, env);
    servers.push(server);
    return server;
  };

  beforeEach(() => {
    folder = makeFolder();
  });
  afterEach(async () => {
    await Promise.all(servers.splice(0).map((server) => server.kill('SIGKILL')));
    await removeFolder(folder);
  });

  it.each([
    [1, true],
    [1, false],
    [2, true],
    [2, false],
  ])(
    'with %d workers under load (keep-alive: %s) answers every request that was sent',
    async (workers, keepsAlive) => {
      const database = await createTestDatabase();
      const server = start({ WORKERS: String(workers), DATABASE_URL: database.url });
      const port = Number(new URL(await server.ready()).port);
      const clients = Array.from({ length: CLIENTS }, () => new BusyClient(port, keepsAlive));
      const running = clients.map((client) => client.run());
      const sum = (of: 'answered' | 'lost') => clients.reduce((total, client) => total + client[of], 0);
      while (sum('answered') < 400) await new Promise((resolve) => setTimeout(resolve, 20));
      expect(await server.kill('SIGTERM')).toBe(0);
      await Promise.all(running);
      expect(sum('lost')).toBe(0);
      await database.drop();
    },
  );

  it.each([0, 200, 500, 1_000, 2_000])(
    '%d ms after it was started leaves nothing running',
    async (delayMs) => {
      const server = start({ WORKERS: '1' });
      await new Promise((resolve) => setTimeout(resolve, delayMs));
      const code = await server.kill('SIGTERM');
      // Before Node listens to signals, one ends it at once; there is nothing then.
      expect([0, null]).toContain(code);
      expect(existsSync(join(folder, 'data', 'postgres', 'postmaster.pid'))).toBe(false);
    },
  );

  it.each([1, 2])(
    'with %d workers says that it is not ready and serves on for as long as balancers need',
    async (workers) => {
      const database = await createTestDatabase();
      const env = { DATABASE_URL: database.url, SHUTDOWN_DELAY_SECONDS: '3' };
      const server = start({ ...env, WORKERS: String(workers) });
      const url = await server.ready();
      const signalled = performance.now();
      process.kill(server.pid, 'SIGTERM');
      await eventually(async () => {
        expect((await send(`${url}/health/ready`, 'GET')).status).toBe(503);
      }, 2_500);
      const body: unknown = JSON.parse(BODY);
      expect((await send(`${url}/api/ota/check`, 'POST', { body })).status).toBe(200);
      expect(performance.now() - signalled).toBeLessThan(3_000);
      expect(await server.ended).toBe(0);
      expect(performance.now() - signalled).toBeGreaterThan(3_000);
      await database.drop();
    },
  );

  it('waits for a request under way no longer than it is told', async () => {
    const server = start({ WORKERS: '1', SHUTDOWN_PATIENCE_SECONDS: '1' });
    const port = Number(new URL(await server.ready()).port);
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => undefined);
    const cut = new Promise((resolve) => socket.once('close', resolve));
    socket.write('POST /api/ota/check HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n');
    socket.write(`Content-Length: ${BODY.length}\r\n\r\n${BODY.slice(0, 10)}`);
    await sleep(200);
    const signalled = performance.now();
    expect(await server.kill('SIGTERM')).toBe(0);
    await cut;
    // A body may take ten seconds to arrive.
    expect(performance.now() - signalled).toBeGreaterThan(1_000);
    expect(performance.now() - signalled).toBeLessThan(9_000);
  });

  it('takes two signals of one Ctrl-C for one', async () => {
    const folder = makeFolder();
    const server = new ServerProcess(folder, { ADMIN_PASSWORD: 'a long password', WORKERS: '1' });
    await server.ready();
    process.kill(server.pid, 'SIGINT');
    process.kill(server.pid, 'SIGINT');
    expect(await server.ended).toBe(0);
    expect(existsSync(join(folder, 'data', 'postgres', 'postmaster.pid'))).toBe(false);
    await removeFolder(folder);
  });

  it('ends all the same when what it waits for hangs', async () => {
    const program = `
      import { runUntilStopped } from '${pathToFileURL(resolve('dist/src/server/run-until-stopped.js')).href}';
      setInterval(() => undefined, 1_000);
      runUntilStopped(() => new Promise(() => undefined), AbortSignal.timeout(10), 100);`;
    const ended = run(process.execPath, ['--input-type=module', '--eval', program]);
    await expect(ended).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining('exits after 0.1 s without having finished'),
    });
  });
});
