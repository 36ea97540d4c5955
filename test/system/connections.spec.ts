import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { eventually, sha256 } from '../support/http-client.js';
import { getRequest, jsonRequest, RawConnection } from '../support/raw-http.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { LANES, startTestApp, type TestApp } from '../support/test-app.js';

/** More than the kernel takes for a client that does not read. */
const IMAGE_BYTES = 20_000_000;
const CHECK = { device_id: 5, device_type: 'sensor', current_version: '1.0.0', current_build: 1 };
const REPORT = { device_id: 5, firmware_id: 1, status: 'downloading' };
const PEM = 'test/fixtures/tls/localhost';
const TLS = ['over TLS', { TLS_CERT_FILE: `${PEM}.crt`, TLS_KEY_FILE: `${PEM}.key` }] as const;

/** What this process has open, as Linux names it. */
const openDescriptors = (): string[] =>
  readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      return [readlinkSync(`/proc/self/fd/${fd}`)];
    } catch {
      return [];
    }
  });

/** Files and connections; what the database's pool and the runtime keep of their own is neither. */
const openFilesIn = (...folders: string[]): string[] =>
  openDescriptors().filter((target) => folders.some((folder) => target.includes(folder)));

describe.each([...LANES, TLS])('a connection with many requests, %s', (_, env) => {
  let app: TestApp;

  let database: TestDatabase;

  beforeAll(async () => {
    database = await createTestDatabase();
    const image = Buffer.alloc(IMAGE_BYTES, 'firmware');
    await database.query(
      `INSERT INTO firmware (device_type, version, build_number, filename, file_size, file_hash, binary_path, is_stable,
                             version_sort_key)
       VALUES ('sensor', '2.0.0', 1, 'f.bin', $1, $2, 'sensor/v2.0.0.bin', true, '1')`,
      [image.length, sha256(image)],
    );
    app = await startTestApp({ env: { ...env, IMAGE_CACHE_BYTES: '0' }, database });
    await mkdir(join(app.config.firmwareStore, 'sensor'), { recursive: true });
    await writeFile(join(app.config.firmwareStore, 'sensor', 'v2.0.0.bin'), image);
  }, 60_000);
  afterAll(async () => {
    await app.close();
    await database.drop();
  });

  const answered = async (connection: RawConnection, statuses: readonly unknown[]): Promise<void> => {
    await eventually(() => {
      expect(connection.statuses).toEqual(statuses);
      return Promise.resolve();
    }, 60_000);
  };

  const SENDING_FILES: readonly (readonly [name: string, path: string, headers: string[], method: string])[] =
    [
      ['a download', '/api/ota/download/1', [], 'GET'],
      ['a range', '/api/ota/download/1', ['Range: bytes=5-'], 'GET'],
      ['a head', '/api/ota/download/1', [], 'HEAD'],
      ['the script of Swagger UI', '/docs/swagger-ui-bundle.js', [], 'GET'],
      ['a range of it', '/docs/swagger-ui-bundle.js', ['Range: bytes=5-'], 'GET'],
      ['its head', '/docs/swagger-ui-bundle.js', [], 'HEAD'],
      ['its style', '/docs/swagger-ui.css', [], 'GET'],
      ['the page', '/docs', [], 'GET'],
      ['the initialisation', '/docs/swagger-ui-init.js', [], 'GET'],
      ['the document', '/docs/openapi.json', [], 'GET'],
      ['the document as YAML', '/docs/openapi.yaml', [], 'GET'],
      [
        'a wish to upgrade',
        '/docs/swagger-ui-bundle.js',
        ['Connection: Upgrade', 'Upgrade: websocket'],
        'GET',
      ],
      ['an expectation', '/docs/swagger-ui-bundle.js', ['Expect: 100-continue'], 'GET'],
    ];

  it.each(SENDING_FILES)(
    'releases all that %s opened when it is cut',
    async (_name, path, headers, method) => {
      const folders = [app.config.firmwareStore, 'swagger-ui-dist', 'socket:'];
      const before = openFilesIn(...folders).length;
      const connections = Array.from({ length: 8 }, (_, n) =>
        new RawConnection(app, n % 2 === 0).send(getRequest(path, headers, method).repeat(50)),
      );
      // Cut while it is sent, and also before and after.
      for (const { socket } of connections) {
        await sleep(5);
        socket.destroy();
      }
      await eventually(() => {
        expect(openFilesIn(...folders).length).toBeLessThanOrEqual(before);
        return Promise.resolve();
      }, 20_000);
    },
  );

  it('opens one file at a time for it', async () => {
    const connection = new RawConnection(app, false).send(getRequest('/api/ota/download/1').repeat(20));
    await eventually(() => {
      expect(openFilesIn(app.config.firmwareStore)).toHaveLength(1);
      return Promise.resolve();
    });
    await sleep(100);
    expect(openFilesIn(app.config.firmwareStore)).toHaveLength(1);
    connection.socket.destroy();
  });

  it('answers all of them, in their order, whatever they are', async () => {
    const kinds: readonly (readonly [string, number])[] = [
      [jsonRequest('/api/ota/check', CHECK), 200],
      [getRequest('/api/ota/download/1', ['Range: bytes=0-9']), 206],
      [jsonRequest('/api/ota/status', REPORT), 200],
      [jsonRequest('/api/ota/status', { ...REPORT, firmware_id: 99 }), 404],
      [jsonRequest('/api/ota/check', '{"device_id":'), 400],
      [getRequest('/docs/openapi.yaml', [], 'HEAD'), 200],
      [getRequest('/nothing'), 404],
      [jsonRequest('/api/ota/check', { ...CHECK, more: 'x'.repeat(9000) }), 413],
      [getRequest('/health'), 200],
      [jsonRequest('/api/ota/admin/firmware', { version: 'x' }, ['Expect: something']), 401],
    ];
    const order = Array.from({ length: 60 }, (_, n) => kinds[(n * 7) % kinds.length] ?? kinds[0]);
    const connection = new RawConnection(app).send(order.map((kind) => kind?.[0]).join(''));
    await answered(
      connection,
      order.map((kind) => kind?.[1]),
    );
    connection.socket.destroy();
  }, 60_000);

  it('takes thousands of requests with bodies', async () => {
    const connection = new RawConnection(app).send(jsonRequest('/api/ota/check', CHECK).repeat(1_000));
    await answered(connection, new Array<number>(1_000).fill(200));
    connection.socket.destroy();
  }, 60_000);

  const answersHalfClosed = (): void => {
    it('answers a client that has closed its side', async () => {
      const connection = new RawConnection(app);
      const requests = [
        getRequest('/docs/openapi.json'),
        jsonRequest('/api/ota/status', REPORT),
        getRequest('/health').repeat(5),
        jsonRequest('/api/ota/status', REPORT),
      ];
      connection.socket.end(requests.join(''));
      await answered(connection, [200, 200, 200, 200, 200, 200, 200, 200]);
      await connection.closed;
    });
  };
  // Over TLS, Node closes both sides at once.
  if (env !== TLS[1]) answersHalfClosed();

  it('does not keep others waiting, nor what it asked for in memory', async () => {
    const paths = ['/docs/openapi.yaml', '/docs/swagger-ui-init.js', '/docs/openapi.json', '/docs'];
    const rss = (): number =>
      Number(/VmRSS:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]) * 1024;
    const first = new RawConnection(app).send(paths.map((path) => getRequest(path)).join(''));
    await answered(first, [200, 200, 200, 200]);
    const before = rss();
    const bursts = Array.from({ length: 20 }, (_, n) =>
      new RawConnection(app, false).send(getRequest(paths[n % paths.length] ?? '').repeat(800)),
    );
    await sleep(200);
    // 16,000 answers of a third of a megabyte were asked for.
    const device = new RawConnection(app);
    for (let n = 1; n <= 20; n++) {
      device.send(jsonRequest('/api/ota/check', CHECK));
      await answered(device, new Array<number>(n).fill(200));
    }
    expect(rss() - before).toBeLessThan(500_000_000);
    for (const { socket } of [first, device, ...bursts]) socket.destroy();
  }, 60_000);
});
