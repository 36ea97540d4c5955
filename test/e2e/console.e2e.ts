import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { startTestApp, type TestApp } from '../support/test-app.js';

const POLICY =
  "default-src 'self';base-uri 'none';form-action 'self';frame-ancestors 'none';object-src 'none';require-trusted-types-for 'script'";
const SCRIPT = 'export const answer = 42;\n'.repeat(100);
const PAGE = '<!doctype html><title>OTA server</title>';
/** What a browser sends that opens an address. */
const OPENING = { Accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8' };

describe('the console', () => {
  let folder: string;
  let app: TestApp;
  const get = (path: string, headers: Readonly<Record<string, string>> = {}, method = 'GET') =>
    fetch(app.url + path, { method, headers: { Accept: '*/*', ...headers } });

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ota-test-console-'));
    await mkdir(join(folder, 'assets'));
    await writeFile(join(folder, 'index.html'), PAGE);
    await writeFile(join(folder, '.secret'), 'not served');
    await writeFile(join(folder, 'assets/main-1a2b.js'), SCRIPT);
    await writeFile(join(folder, 'assets/main-1a2b.js.gz'), gzipSync(SCRIPT));
    app = await startTestApp({ consoleFolder: folder });
  });
  afterAll(async () => {
    await app.close();
    await rm(folder, { recursive: true });
  });

  it.each(['/', '/devices', '/devices/24:6f:28:00:00:01?q=type:scales', '/releases/1.2.3', '/rollouts/new'])(
    'opens at %s',
    async (path) => {
      const response = await get(path, OPENING);
      expect(response.status).toBe(200);
      expect(await response.text()).toBe(PAGE);
      expect(Object.fromEntries(response.headers)).toMatchObject({
        'content-type': 'text/html;charset=utf-8',
        'content-security-policy': POLICY,
        'cache-control': 'no-cache',
        'referrer-policy': 'no-referrer',
        'x-content-type-options': 'nosniff',
      });
    },
  );

  it('keeps the code for ever, compressed where the browser takes it', async () => {
    const response = await get('/assets/main-1a2b.js', { 'Accept-Encoding': 'gzip' });
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'text/javascript',
      'content-encoding': 'gzip',
      'cache-control': 'public, max-age=31536000, immutable',
      'content-security-policy': POLICY,
      vary: 'Accept-Encoding',
    });
    expect(await response.text()).toBe(SCRIPT);
    const plain = await get('/assets/main-1a2b.js', { 'Accept-Encoding': 'identity' });
    expect(plain.headers.get('content-encoding')).toBeNull();
    expect(await plain.text()).toBe(SCRIPT);
  });

  it('sends the page again only when it has changed', async () => {
    const first = await get('/', OPENING);
    const again = await get('/', { ...OPENING, 'If-None-Match': first.headers.get('etag') ?? '' });
    expect([again.status, await again.text()]).toEqual([304, '']);
  });

  it('answers HEAD without a body', async () => {
    const response = await get('/devices', OPENING, 'HEAD');
    expect([response.status, await response.text()]).toEqual([200, '']);
  });

  it.each([
    ['a missing asset', '/assets/gone.js', {}],
    ['a missing asset that somebody opens', '/assets/gone.js', OPENING],
    ['a hidden file', '/.secret', {}],
    ['a file outside', '/assets/..%2f..%2fpackage.json', {}],
    ['a page that no browser opens', '/devices', {}],
    ['an unknown path of the API', '/api/nothing', OPENING],
    ['an unknown path of the admins', '/api/ota/admin/nothing', OPENING],
    ['an unknown path of the health', '/health/nothing', OPENING],
    ['an unknown path below the metrics', '/metrics/nothing', OPENING],
    ['an unknown page of the docs', '/docs/nothing', OPENING],
  ])('leaves %s as a problem', async (_what, path, headers) => {
    const response = await get(path, headers);
    expect([401, 404]).toContain(response.status);
    expect(response.headers.get('content-type')).toMatch(/^application\/problem\+json/);
  });

  it('takes nothing but GET and HEAD', async () => {
    const response = await get('/', OPENING, 'POST');
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
    expect((await get('/devices', OPENING, 'POST')).status).toBe(404);
  });

  it.each([
    ['turned off', { env: { CONSOLE: 'off' } }],
    ['not built', { consoleFolder: '/nowhere' }],
  ])('leaves a plain page when it is %s', async (_what, options) => {
    const plain = await startTestApp({ database: app.database, ...options });
    try {
      const front = await fetch(`${plain.url}/`, { headers: OPENING });
      expect(front.headers.get('content-security-policy')).toBe("default-src 'none'");
      expect(await front.text()).toContain('This server offers firmware updates to devices.');
      expect((await fetch(`${plain.url}/devices`, { headers: OPENING })).status).toBe(404);
    } finally {
      await plain.close();
    }
  });
});
