import { connect } from 'node:net';
import { Client, someBytes } from '../support/http-client.js';
import { exchange as exchangeRaw } from '../support/raw-http.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { openAroundTheLane, startTestApp, type TestApp } from '../support/test-app.js';

const CHECK = { device_id: 1, device_type: 'sensor', current_version: '1.0.0', current_build: 1 };
const REPORT = { device_id: 1, firmware_id: 1, status: 'downloading', bytes_downloaded: 5 };
const ID = 'X-Request-Id: the-same';

/** A request as it goes over the wire; the server closes after it. */
const raw = (line: string, headers: string[] = [], body: string | Buffer = ''): Buffer =>
  Buffer.concat([
    Buffer.from([`${line} HTTP/1.1`, 'Host: x', 'Connection: close', ID, ...headers, '', ''].join('\r\n')),
    Buffer.from(body),
  ]);
const post = (
  path: string,
  body: unknown,
  headers: string[] = ['Content-Type: application/json'],
): Buffer => {
  const bytes = Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
  return raw(`POST /api/ota/${path}`, [...headers, `Content-Length: ${bytes.length}`], bytes);
};
const get = (rest: string, headers: string[] = [], method = 'GET'): Buffer =>
  raw(`${method} /api/ota/download/${rest}`, headers);

const RANGE = get('1', ['Range: bytes=10-19']);
const keptAlive = (request: Buffer): Buffer =>
  Buffer.from(request.toString().replace('Connection: close', 'Connection: keep-alive'));
const http10 = (request: Buffer): Buffer => Buffer.from(request.toString().replace('HTTP/1.1', 'HTTP/1.0'));

const REQUESTS: readonly (readonly [string, Buffer])[] = [
  ['an offer', post('check', CHECK)],
  ['nothing new', post('check', { ...CHECK, current_version: '9.0.0' })],
  ['an unknown type', post('check', { ...CHECK, device_type: 'x' })],
  ['fields of newer devices', post('check', { ...CHECK, more: { a: [1] } })],
  ['what a device says of itself', post('check', { ...CHECK, boot_id: 1, attributes: { chip: 'ESP32-C3' } })],
  [
    'what it says wrongly',
    post('check', { ...CHECK, boot_id: 'x', elf_sha256: [], attributes: { a: { b: 1 } } }),
  ],
  ['a charset in another spelling', post('check', CHECK, ['Content-Type: application/json;charset=UTF8'])],
  ['no Host', Buffer.from(post('check', CHECK).toString().replace('Host: x\r\n', ''))],
  ['a message that is a number', post('status', { ...REPORT, error_message: -28672 })],
  ['no content type', post('check', CHECK, [])],
  ['a charset', post('check', CHECK, ['Content-Type: application/json; charset=utf-8'])],
  ['another charset', post('check', CHECK, ['Content-Type: application/json; charset=latin1'])],
  ['another type', post('check', CHECK, ['Content-Type: text/plain'])],
  ['an unknown encoding', post('check', CHECK, ['Content-Encoding: rot13'])],
  ['faults', post('check', { ...CHECK, device_id: 0, current_build: 'x' })],
  ['a fault of another kind', post('check', { ...CHECK, current_version: null })],
  ['no JSON', post('check', '{"device_id":')],
  ['no object', post('check', '[]')],
  ['null', post('check', 'null')],
  ['an empty body', post('check', '')],
  ['a byte order mark', post('check', `\uFEFF${JSON.stringify(CHECK)}`)],
  ['__proto__', post('check', `{"__proto__":{"device_id":1}}`)],
  ['too much', post('check', { ...CHECK, more: 'x'.repeat(9000) })],
  ['a query', post('check?x=1', CHECK)],
  ['a path in capitals', post('CHECK', CHECK)],
  ['a slash at the end', post('check/', CHECK)],
  ['a body in chunks', raw('POST /api/ota/check', ['Transfer-Encoding: chunked'], '2\r\n{}\r\n0\r\n\r\n')],
  ['the wrong method', raw('GET /api/ota/check')],
  ['a report', post('status', REPORT)],
  ['a report with nulls', post('status', { ...REPORT, bytes_downloaded: null, error_message: null })],
  ['a report on nothing', post('status', { ...REPORT, firmware_id: 999 })],
  ['a faulty report', post('status', { ...REPORT, status: 'done' })],
  ['a long message', post('status', { ...REPORT, error_message: 'ß'.repeat(3000) })],
  ['a file', get('1')],
  ['a head', get('1', [], 'HEAD')],
  ['a range', RANGE],
  ['a range from the first byte', get('1', ['Range: bytes=0-9'])],
  ['a range over HTTP/1.0', http10(RANGE)],
  ['ranges one after the other', Buffer.concat([keptAlive(RANGE), keptAlive(RANGE), RANGE])],
  ['a range, kept alive over HTTP/1.0', Buffer.concat([http10(keptAlive(RANGE)), RANGE])],
  ['a range of a fleeting copy', get('1', ['Range: bytes=10-19', 'If-Range: "x"'])],
  ['a head of a range', get('1', ['Range: bytes=10-19'], 'HEAD')],
  ['a draft', get('2')],
  ['a tail', get('1', ['Range: bytes=-5'])],
  ['a range past the end', get('1', ['Range: bytes=1000-'])],
  ['a copy that is known', get('1', ['If-None-Match: *'])],
  ['a file that is unknown', get('999')],
  ['a file with no number', get('abc')],
  ['a file with a large number', get('99999999999999999999')],
  ['a file in other digits', get('%31')],
  ['a file with a leading zero', get('01')],
  ['a file with a query', get('1?a=b?c')],
  ['a file with a body', raw('GET /api/ota/download/1', ['Content-Length: 2'], '{}')],
  ['a file below a file', get('1/2')],
  ['no file', get('')],
];

/** The whole answer as it came, but for the time of day and of waiting. */
const exchange = async (app: Pick<TestApp, 'url'>, request: Buffer): Promise<string> =>
  (await exchangeRaw(app, request)).replace(/^(Date|Retry-After): .*$/gm, '$1');

describe('the device lane', () => {
  let database: TestDatabase;
  let through: TestApp;
  let around: TestApp;

  beforeAll(async () => {
    database = await createTestDatabase();
    through = await startTestApp({ database });
    around = await openAroundTheLane(through);
    const { body } = await new Client(through).publish(someBytes(100), { version: '2.0.0' });
    expect(body.id).toBe(1);
    await new Client(through).publish(someBytes(100), { version: '3.0.0', is_stable: false });
    await new Promise((resolve) => setTimeout(resolve, 200));
  });
  afterAll(async () => {
    await around.close();
    await through.close();
    await database.drop();
  });

  it.each(REQUESTS)('answers %s as Express does, byte for byte', async (_, request) => {
    const answer = await exchange(around, request);
    expect(answer).toMatch(/^HTTP\/1\.1 \d{3} /);
    expect(await exchange(through, request)).toBe(answer);
  });

  it('answers a body that comes in pieces', async () => {
    const request = post('check', CHECK);
    const { port } = new URL(through.url);
    const answer = await new Promise<string>((resolve) => {
      const socket = connect(Number(port), '127.0.0.1');
      let received = '';
      socket.on('data', (chunk) => (received += chunk.toString()));
      socket.on('close', () => {
        resolve(received);
      });
      socket.write(request.subarray(0, -30));
      setTimeout(() => socket.write(request.subarray(-30)), 50);
    });
    expect(answer).toMatch(/^HTTP\/1\.1 200 /);
    expect(answer).toContain('"update_available":true');
  });

  it('refuses plain HTTP where only HTTPS is answered', async () => {
    const { firmwareStore } = through.config;
    const env = { REQUIRE_HTTPS: 'true', TRUST_PROXY: 'loopback' };
    const app = await startTestApp({ database, firmwareStore, env });
    expect(await exchange(app, post('check', CHECK))).toContain('"code":"HTTPS_REQUIRED"');
    const proxied = post('check', CHECK, ['X-Forwarded-Proto: https', 'Content-Type: application/json']);
    expect(await exchange(app, proxied)).toMatch(/^HTTP\/1\.1 200 /);
    await app.close();
  });
});
