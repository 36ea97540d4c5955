import { createHmac } from 'node:crypto';
import { Client } from '../support/http-client.js';
import { ADMIN_PASSWORD, startTestApp, type TestApp } from '../support/test-app.js';

const ROUTES = [
  ['POST', '/upload'],
  ['POST', '/firmware'],
  ['GET', '/firmware'],
  ['GET', '/firmware/1'],
  ['PATCH', '/firmware/1'],
  ['DELETE', '/firmware/1'],
  ['GET', '/firmware/1/downloads'],
  ['GET', '/logs'],
] as const;

const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');
const token = (header: object, claims: object, secret: string) => {
  const text = `${encode(header)}.${encode(claims)}`;
  return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`;
};
const HS256 = { alg: 'HS256', typ: 'JWT' };
const later = Math.floor(Date.now() / 1000) + 3600;

describe('who gets in', () => {
  let app: TestApp;
  let client: Client;
  let secret: string;

  beforeAll(async () => {
    app = await startTestApp();
    client = new Client(app);
    secret = app.config.jwt.secret!;
  });
  afterAll(() => app.close());

  const login = (username: unknown, password: unknown) =>
    client.send('POST', '/api/auth/login', { body: { username, password } });

  it('the admin with the password', async () => {
    const { status, body } = await login('admin', ADMIN_PASSWORD);
    expect(status).toBe(200);
    expect(body).toEqual({ access_token: expect.any(String), token_type: 'Bearer', expires_in: 43200 });
  });

  it.each([
    ['admin', 'wrong'],
    ['nobody', ADMIN_PASSWORD],
    ['adm\0in', ADMIN_PASSWORD],
    ["' OR 1=1 --", 'x'],
  ])('not %j with %j', async (username, password) => {
    const { status, body } = await login(username, password);
    expect([status, body.code, body.detail]).toEqual([
      401,
      'INVALID_CREDENTIALS',
      'The user name or the password is wrong.',
    ]);
  });

  it.each([
    ['/api/auth/login', { username: 'admin' }],
    ['/api/auth/session', { username: 'admin' }],
    ['/api/auth/password', { current_password: ADMIN_PASSWORD }],
    ['/api/ota/admin/users', { username: 'somebody' }],
  ])('never hears a password again that %s got as the name of a field', async (path, body) => {
    const { status, bytes } = await client.send('POST', path, {
      headers: { Authorization: `Bearer ${app.token}` },
      body: { ...body, 'correct horse battery': '' },
    });
    expect(status).toBe(400);
    expect(bytes.toString()).toContain('a field of the body is not known here');
    expect(bytes.toString()).not.toContain('correct horse');
  });

  it.each(ROUTES)('nobody to %s %s without a valid token', async (method, path) => {
    const forged: [string, string | undefined][] = [
      ['none', undefined],
      ['garbage', 'Bearer garbage'],
      ['another scheme', `Basic ${app.token}`],
      ['no signature', `Bearer ${encode({ alg: 'none' })}.${encode({ sub: '1', exp: later })}.`],
      ['another secret', `Bearer ${token(HS256, { sub: '1', exp: later }, 'guess')}`],
      ['expired', `Bearer ${token(HS256, { sub: '1', exp: later - 7200 }, secret)}`],
      ['an admin who is gone', `Bearer ${token(HS256, { sub: '999', exp: later }, secret)}`],
      ['nobody', `Bearer ${token(HS256, { sub: 'x', exp: later }, secret)}`],
    ];
    for (const [what, authorization] of forged) {
      const headers = { ...(authorization !== undefined && { Authorization: authorization }) };
      const {
        status,
        body,
        headers: answered,
      } = await client.send(method, `/api/ota/admin${path}`, { headers });
      expect([what, status, body.code]).toEqual([what, 401, 'UNAUTHENTICATED']);
      expect(answered['www-authenticate']).toBe('Bearer');
    }
  });

  it('an admin with a token of the right secret', async () => {
    const headers = { Authorization: `Bearer ${token(HS256, { sub: '1', exp: later }, secret)}` };
    expect((await client.send('GET', '/api/ota/admin/logs', { headers })).status).toBe(200);
  });

  it.each(['/health', '/health/ready', '/docs', '/docs/openapi.json'])('everybody to %s', async (path) => {
    expect((await client.send('GET', path)).status).toBe(200);
  });

  it('takes a well-formed request id, and makes one otherwise', async () => {
    const idFor = async (id: string) =>
      (await client.send('GET', '/health', { headers: { 'X-Request-Id': id } })).headers['x-request-id'];
    expect(await idFor('abc-123')).toBe('abc-123');
    const made = [await idFor('a b'), await idFor('a'.repeat(65))];
    for (const id of made) expect(id).toMatch(/^[0-9a-f-]{36}$/);
    expect(new Set(made).size).toBe(2);
  });
});

describe('HTTPS only', () => {
  let app: TestApp;
  let client: Client;
  beforeAll(async () => {
    app = await startTestApp({ env: { REQUIRE_HTTPS: 'true', TRUST_PROXY: 'loopback' } });
    client = new Client(app);
  });
  afterAll(() => app.close());

  it('refuses plain HTTP, believes its proxy, and answers health to all', async () => {
    const plain = await client.check();
    expect([plain.status, plain.body.code]).toEqual([400, 'HTTPS_REQUIRED']);
    expect((await client.send('GET', '/health')).status).toBe(200);
    const proxied = await client.send('GET', '/docs/openapi.json', {
      headers: { 'X-Forwarded-Proto': 'https' },
    });
    expect(proxied.status).toBe(200);
    expect(proxied.headers['strict-transport-security']).toBeDefined();
  });
});
