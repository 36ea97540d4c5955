import { readdirSync, readlinkSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, someBytes } from '../support/http-client.js';
import { LANES, startTestApp, type TestApp } from '../support/test-app.js';

const BODY_TIMEOUT_MS = 200;
/** More than the kernel takes for a client that does not read. */
const IMAGE_BYTES = 30_000_000;
const REPORT = { device_id: 5, firmware_id: 1, status: 'downloading' };

const get = (id: number): string => `GET /api/ota/download/${id} HTTP/1.1\r\nHost: x\r\n\r\n`;

/** RFC 9112 §9.3.2: a client need not wait for one answer before it asks again. */
describe.each(LANES)('requests that come before the answers, %s', (_, env) => {
  let app: TestApp;

  beforeAll(async () => {
    app = await startTestApp({
      env: { ...env, IMAGE_CACHE_BYTES: '0' },
      limits: { bodyTimeoutMs: BODY_TIMEOUT_MS },
    });
    const { body } = await new Client(app).publish(someBytes(IMAGE_BYTES), { version: '2.0.0' });
    expect(body.id).toBe(1);
  });
  afterAll(() => app.close());

  /** Sends, and reads nothing yet. */
  const ask = (text: string): Socket => {
    const socket = connect(Number(new URL(app.url).port), '127.0.0.1');
    socket.on('error', () => undefined);
    socket.pause();
    socket.write(text);
    return socket;
  };

  it('do nothing any more when the body comes after the refusal', async () => {
    const faults: unknown[] = [];
    const note = (fault: unknown): void => void faults.push(fault);
    process.on('unhandledRejection', note);
    const body = JSON.stringify(REPORT);
    const socket = ask(
      `${get(1)}POST /api/ota/status HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n` +
        `Content-Length: ${body.length}\r\n\r\n`,
    );
    await sleep(3 * BODY_TIMEOUT_MS);
    socket.write(body);
    await sleep(200);
    let end = '';
    socket.on('data', (chunk) => {
      end = (end + chunk.toString('latin1')).slice(-2_000);
    });
    socket.resume();
    await new Promise((resolve) => socket.once('close', resolve));
    process.off('unhandledRejection', note);
    expect(end.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 408']);
    expect(faults).toEqual([]);
    expect(await app.database.query('SELECT * FROM device_ota_log')).toEqual([]);
  });

  it('hold no file when the client goes away', async () => {
    const openFiles = (): number =>
      readdirSync('/proc/self/fd').filter((fd) => {
        try {
          return readlinkSync(`/proc/self/fd/${fd}`).startsWith(app.config.firmwareStore);
        } catch {
          return false;
        }
      }).length;
    const socket = ask(get(1).repeat(3));
    while (openFiles() < 3) await sleep(5);
    socket.destroy();
    for (let tries = 0; openFiles() > 0 && tries < 200; tries++) await sleep(10);
    expect(openFiles()).toBe(0);
  });
});
