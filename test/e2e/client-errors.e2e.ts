import { jest } from '@jest/globals';
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { Client, eventually, someBytes } from '../support/http-client.js';
import { getRequest, jsonRequest, RawConnection } from '../support/raw-http.js';
import { LANES_OF_RUN, startTestApp, type TestApp } from '../support/test-app.js';

const REPORT = { device_id: 7, firmware_id: 1, status: 'installing' };
const REPORTED = jsonRequest('/api/ota/status', REPORT);
const CHECKED = jsonRequest('/api/ota/check', {
  device_id: 7,
  device_type: 'sensor',
  current_version: '1.0.0',
  current_build: 1,
});
const HEAD = 'POST /api/ota/status HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n';

describe.each(LANES_OF_RUN)('what is no HTTP request, %s', (_, env) => {
  let app: TestApp;
  let lines: string[];

  beforeAll(async () => {
    app = await startTestApp({ env: { ...env, LOG_LEVEL: 'info' } });
    expect((await new Client(app).publish(someBytes(100))).body.id).toBe(1);
  });
  beforeEach(() => {
    lines = [];
    jest.spyOn(Logger.prototype, 'log').mockImplementation((line: unknown) => void lines.push(String(line)));
  });
  afterEach(() => {
    jest.restoreAllMocks();
  });
  afterAll(() => app.close());

  const exchange = async (...pieces: readonly string[]): Promise<RawConnection> => {
    const connection = new RawConnection(app);
    for (const [n, piece] of pieces.entries()) {
      if (n > 0) await sleep(150);
      connection.send(piece);
    }
    await connection.closed;
    return connection;
  };

  it.each([
    ['no method', 'HELLO\r\n\r\n', 400, 'BAD_REQUEST', 'HPE_'],
    ['TLS', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', 400, 'BAD_REQUEST', 'HPE_'],
    ['no HTTP version', 'GET / HTTQ/1.1\r\n\r\n', 400, 'BAD_REQUEST', 'HPE_'],
    ['a header without a colon', 'GET / HTTP/1.1\r\nHost x\r\n\r\n', 400, 'BAD_REQUEST', 'HPE_'],
    [
      'two lengths',
      `${HEAD}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n`,
      400,
      'BAD_REQUEST',
      'HPE_',
    ],
    [
      'a chunk without a length',
      `${HEAD}Transfer-Encoding: chunked\r\n\r\nZZ\r\n`,
      400,
      'BAD_REQUEST',
      'HPE_',
    ],
    ['large headers', getRequest('/', [`X: ${'x'.repeat(20_000)}`]), 431, 'HEADERS_TOO_LARGE', 'HPE_'],
    ['a tunnel', 'CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n', 405, 'METHOD_NOT_ALLOWED', 'CONNECT'],
  ])('is answered with a problem document, and logged: %s', async (_name, bytes, status, code, reason) => {
    const { statuses, received } = await exchange(bytes);
    expect(statuses).toEqual([status]);
    expect(received).toMatch(/^Content-Type: application\/problem\+json; charset=utf-8\r$/m);
    expect(received).toMatch(/^Connection: close\r$/m);
    const body = JSON.parse(received.split('\r\n\r\n')[1] ?? '') as Record<string, unknown>;
    expect(body).toMatchObject({ status, code, detail: expect.any(String), request_id: expect.any(String) });
    expect(received).toContain(`X-Request-Id: ${String(body['request_id'])}\r\n`);
    expect(lines).toContainEqual(
      expect.stringMatching(new RegExp(`^- - ${status} 127\\.0\\.0\\.1 ${reason}`)),
    );
  });

  it.each(['\0', 'X', '  ', '\r\n\r\nX', 'HELLO\r\n\r\n'])(
    'is not answered in place of a report that is committed: %j behind it',
    async (bytes) => {
      for (const pieces of [[REPORTED + bytes], [REPORTED, bytes], [REPORTED + REPORTED + CHECKED + bytes]]) {
        const { statuses, received } = await exchange(...pieces);
        const answers = statuses.slice(0, -1);
        expect(answers).toEqual(answers.map(() => 200));
        expect(answers.length).toBeGreaterThan(0);
        expect(statuses.at(-1)).toBe(400);
        expect(received).toContain('"success":true');
      }
    },
  );

  it('tells the client of an answer that is due not to send more', async () => {
    const { received } = await exchange(`${REPORTED}\0`);
    expect(received.split('\r\n\r\n')[0]).toMatch(/^Connection: close\r?$/m);
  });

  it('is answered after a file that takes its time', async () => {
    const { statuses, received } = await exchange(`${getRequest('/docs/swagger-ui-bundle.js')}\0`);
    expect(statuses.at(0)).toBe(200);
    expect(received.length).toBeGreaterThan(1_000_000);
    expect(received).toContain('"code":"BAD_REQUEST"');
  });

  it('is a body that ends early, behind other requests', async () => {
    const connection = new RawConnection(app);
    connection.socket.end(`${REPORTED}${getRequest('/health')}${HEAD}Content-Length: 100\r\n\r\n{`);
    await connection.closed;
    expect(connection.statuses).toEqual([200, 200, 400]);
    expect(connection.received).toContain('The connection ended within a request.');
  });

  it('is forgotten when the client resets the connection', async () => {
    const connection = new RawConnection(app).send('GET / HT');
    await sleep(50);
    connection.socket.resetAndDestroy();
    await sleep(50);
    expect(lines.filter((line) => line.startsWith('- -'))).toEqual([]);
    expect((await new Client(app).check()).status).toBe(200);
  });

  it('is counted', async () => {
    await exchange('HELLO\r\n\r\n');
    const metrics = (await new Client(app).send('GET', '/metrics')).bytes.toString();
    expect(metrics).toMatch(/^ota_http_requests_total\{route="other",status="400"\} [1-9]/m);
  });

  it('is a request without Host, which is as well-formed as HTTP/1.0', async () => {
    const { statuses, received } = await exchange('GET /health HTTP/1.1\r\nConnection: close\r\n\r\n');
    expect(statuses).toEqual([400]);
    expect(received).toContain('"detail":"An HTTP/1.1 request must have a Host header."');
    const check = CHECKED.replace('Host: x\r\n', 'Connection: close\r\n');
    expect((await exchange(check)).statuses).toEqual([400]);
    expect((await exchange('GET /health HTTP/1.0\r\n\r\n')).statuses).toEqual([200]);
  });

  describe('and what is one, of another kind than the path takes', () => {
    it.each([
      ['GET', '/api/ota/check', 'POST'],
      ['GET', '/api/ota/status', 'POST'],
      ['HEAD', '/api/ota/status', 'POST'],
      ['TRACE', '/api/ota/check', 'POST'],
      ['TRACE', '/api/ota/download/1', 'GET, HEAD'],
      ['POST', '/api/ota/download/1', 'GET, HEAD'],
      ['PUT', '/api/auth/login', 'POST'],
      ['DELETE', '/health', 'GET, HEAD'],
      ['PUT', '/api/ota/admin/firmware/1', 'DELETE, GET, HEAD, PATCH'],
      ['POST', '/', 'GET, HEAD'],
      ['POST', '/docs/openapi.json', 'GET, HEAD'],
      ['TRACE', '/docs/swagger-ui-bundle.js', 'GET, HEAD'],
    ])('%s %s is told what it takes', async (method, path, allow) => {
      const { received } = await exchange(getRequest(path, ['Connection: close'], method));
      expect(received).toMatch(/^HTTP\/1\.1 405 Method Not Allowed\r/);
      expect(received).toContain(`\r\nAllow: ${allow}\r\n`);
      if (method !== 'HEAD') expect(received).toContain('"code":"METHOD_NOT_ALLOWED"');
    });

    it.each([
      '/API/OTA/CHECK',
      '/Api/ota/check',
      '/api/ota/Status',
      '/API/OTA/DOWNLOAD/1',
      '/DOCS',
      '/Health',
    ])('%s is another path', async (path) => {
      for (const method of ['GET', 'POST']) {
        const answer = await new Client(app).send(method, path);
        expect([answer.status, answer.body?.code]).toEqual([404, 'NOT_FOUND']);
      }
    });
  });

  it('leaves nothing on a connection for requests that are refused before their bodies', async () => {
    const sockets: Socket[] = [];
    app.nest.getHttpServer().once('connection', (socket: Socket) => sockets.push(socket));
    const connection = new RawConnection(app);
    for (let n = 1; n <= 20; n++) {
      connection.send('POST /api/ota/admin/upload HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\n');
      await eventually(() => {
        expect(connection.statuses).toHaveLength(n);
        return Promise.resolve();
      });
      connection.send('body');
    }
    await eventually(() => {
      expect(sockets[0]?.listenerCount('close')).toBeLessThan(8);
      return Promise.resolve();
    });
    expect(new Set(connection.statuses)).toEqual(new Set([401]));
    connection.socket.destroy();
  });
});
