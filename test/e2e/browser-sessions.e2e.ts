import { Client, eventually, type Answer } from '../support/http-client.js';
import { bearer, PASSWORD, People } from '../support/people.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

const NEXT_PASSWORD = 'other words than the first';
const FROM_PROXY = { 'X-Forwarded-Proto': 'https' };

/** What the answer sets, as a browser would send it back. */
const setCookie = ({ headers }: Answer): string => headers['set-cookie']?.[0] ?? '';
const cookieOf = (answer: Answer): string => setCookie(answer).split(';', 1)[0]!;

describe('the session of a browser', () => {
  let app: TestApp;
  let client: Client;
  let people: People;

  beforeAll(async () => {
    app = await startTestApp({ env: { TRUST_PROXY: 'loopback' } });
    client = new Client(app);
    people = new People(app);
    await people.create('anna', 'operator');
  });
  afterAll(() => app.close());

  const begin = (password = PASSWORD, headers: Record<string, string> = {}): Promise<Answer> =>
    client.send('POST', '/api/auth/session', { body: { username: 'anna', password }, headers });
  const refresh = (cookie?: string, headers: Record<string, string> = {}): Promise<Answer> =>
    client.send('POST', '/api/auth/session/refresh', {
      headers: { ...(cookie !== undefined && { Cookie: cookie }), ...headers },
    });
  const end = (cookie?: string, headers: Record<string, string> = {}): Promise<Answer> =>
    client.send('DELETE', '/api/auth/session', {
      headers: { ...(cookie !== undefined && { Cookie: cookie }), ...headers },
    });
  const tokenOf = ({ body }: Answer): string => body.access_token as string;
  const statusOf = async (token: string): Promise<number> => (await people.me(token)).status;

  it('begins with a password and goes on with its cookie, which changes each time', async () => {
    const begun = await begin();
    expect(begun.status).toBe(200);
    expect(begun.body).toEqual({ access_token: expect.any(String), expires_in: 900 });
    const refreshed = await refresh(cookieOf(begun));
    expect(refreshed.status).toBe(200);
    expect(refreshed.body).toEqual({ access_token: expect.any(String), expires_in: 900 });
    expect(cookieOf(refreshed)).not.toBe(cookieOf(begun));
    expect((await refresh(cookieOf(refreshed))).status).toBe(200);
    for (const answer of [begun, refreshed]) expect(await statusOf(tokenOf(answer))).toBe(200);
    expect(begun.headers['cache-control']).toBe('no-store');
  });

  it('has a cookie that no script and no other site gets, for these routes alone', async () => {
    const cookie = setCookie(await begin());
    expect(cookie).toMatch(/^ota_session=[\w-]{22}\.[\w-]{43}; Path=\/api\/auth\/session; Expires=/);
    expect(cookie).toMatch(/; HttpOnly; SameSite=Strict$/);
    const overHttps = setCookie(await begin(PASSWORD, FROM_PROXY));
    expect(overHttps).toMatch(/^__Host-ota_session=[\w-]{22}\.[\w-]{43}; Path=\/; Expires=/);
    expect(overHttps).toMatch(/; HttpOnly; Secure; SameSite=Strict$/);
  });

  it('does not go on over HTTPS with a cookie that plain HTTP may have set', async () => {
    const plain = cookieOf(await begin());
    expect((await refresh(plain, FROM_PROXY)).status).toBe(204);
    const secure = cookieOf(await begin(PASSWORD, FROM_PROXY));
    expect((await refresh(secure)).status).toBe(204);
    expect((await refresh(secure, FROM_PROXY)).status).toBe(200);
  });

  it('is kept as hashes alone', async () => {
    const cookie = cookieOf(await begin()).split('=', 2)[1]!;
    const rows = JSON.stringify(
      await app.database.query(
        `SELECT encode(family_hash, 'escape') AS family, encode(refresh_hash, 'escape') AS refresh FROM admin_session`,
      ),
    );
    for (const part of cookie.split('.')) expect(rows).not.toContain(part);
  });

  it.each([
    ['no cookie', undefined],
    ['another cookie', 'a=b'],
    ['what is no cookie of ours', 'ota_session=x'],
    ['an unknown one', `ota_session=${'a'.repeat(22)}.${'b'.repeat(43)}`],
  ])('is none with %s: 204', async (_, cookie) => {
    const { status, bytes } = await refresh(cookie);
    expect([status, bytes.length]).toEqual([204, 0]);
  });

  it('is none with a wrong password', async () => {
    const { status, body, headers } = await begin('a wrong password');
    expect([status, body.code, headers['set-cookie']]).toEqual([401, 'INVALID_CREDENTIALS', undefined]);
  });

  it('ends when a cookie is used a second time, with what it gave out', async () => {
    const begun = await begin();
    const refreshed = await refresh(cookieOf(begun));
    const stolen = await refresh(cookieOf(begun));
    expect(stolen.status).toBe(204);
    expect(setCookie(stolen)).toMatch(/^ota_session=; .*Expires=Thu, 01 Jan 1970/);
    expect((await refresh(cookieOf(refreshed))).status).toBe(204);
    await eventually(async () => {
      for (const answer of [begun, refreshed]) expect(await statusOf(tokenOf(answer))).toBe(401);
    });
    const [row] = await app.database.query(
      `SELECT actor_kind, after FROM audit_log WHERE action = 'session.end' ORDER BY id DESC LIMIT 1`,
    );
    expect(row).toMatchObject({
      actor_kind: 'server',
      after: { ended_because: 'its cookie was used a second time' },
    });
  });

  it('ends when its cookie is used twice at the same time', async () => {
    const cookie = cookieOf(await begin());
    const answers = await Promise.all([1, 2, 3, 4].map(() => refresh(cookie)));
    const exchanged = answers.filter(({ status }) => status === 200);
    expect(exchanged.length).toBeLessThanOrEqual(1);
    for (const answer of exchanged) {
      expect((await refresh(cookieOf(answer))).status).toBe(204);
      await eventually(async () => expect(await statusOf(tokenOf(answer))).toBe(401));
    }
  });

  it('ends by logging out, on record, and with its tokens', async () => {
    const begun = await begin();
    const ended = await end(cookieOf(begun));
    expect([ended.status, ended.body]).toEqual([200, { success: true }]);
    expect((await refresh(cookieOf(begun))).status).toBe(204);
    expect(await statusOf(tokenOf(begun))).toBe(401);
    expect((await end(cookieOf(begun))).status).toBe(200);
    expect((await end()).status).toBe(200);
    const rows = await app.database.query(
      `SELECT actor_name, action FROM audit_log WHERE action LIKE 'session.%' ORDER BY id DESC LIMIT 2`,
    );
    expect(rows).toEqual([
      { actor_name: 'anna', action: 'session.end' },
      { actor_name: 'anna', action: 'session.create' },
    ]);
  });

  it('ends after 30 days, however often it was used', async () => {
    const begun = await begin();
    const cookie = cookieOf(begun);
    const days = /Expires=([^;]+)/.exec(setCookie(begun))!;
    const [row] = await app.database.query(
      'SELECT id, expires_at FROM admin_session ORDER BY id DESC LIMIT 1',
    );
    expect(Math.floor(new Date(row!['expires_at'] as string).getTime() / 1000) * 1000).toBe(
      Date.parse(days[1]!),
    );
    await app.database.query('UPDATE admin_session SET expires_at = now() WHERE id = $1', [row!['id']]);
    expect((await refresh(cookie)).status).toBe(204);
  });

  it.each(['cross-site', 'same-site', 'x'])('is nothing for a page of another site: %s', async (site) => {
    const headers = { 'Sec-Fetch-Site': site };
    const cookie = cookieOf(await begin());
    const answers = [
      await begin(PASSWORD, headers),
      await refresh(cookie, headers),
      await end(cookie, headers),
    ];
    for (const { status, body } of answers) expect([status, body.code]).toEqual([403, 'CROSS_SITE_REQUEST']);
    expect((await refresh(cookie, { 'Sec-Fetch-Site': 'same-origin' })).status).toBe(200);
  });

  it('is nothing anywhere else: no other route reads the cookie', async () => {
    const Cookie = cookieOf(await begin());
    for (const path of ['/api/auth/me', '/api/ota/admin/logs', '/api/ota/admin/tokens'])
      expect((await client.send('GET', path, { headers: { Cookie } })).status).toBe(401);
  });

  it('that changes the password goes on, and the others of the user end', async () => {
    const own = await begin();
    const other = await begin();
    const changed = await client.send('POST', '/api/auth/password', {
      body: { current_password: PASSWORD, new_password: NEXT_PASSWORD },
      headers: bearer(tokenOf(own)),
    });
    expect(changed.status).toBe(200);
    for (const answer of [own, other]) expect(await statusOf(tokenOf(answer))).toBe(401);
    expect((await refresh(cookieOf(other))).status).toBe(204);
    const refreshed = await refresh(cookieOf(own));
    expect(await statusOf(tokenOf(refreshed))).toBe(200);
  });

  it('ends when its user is disabled, and does not come back with the user', async () => {
    const id = await people.create('berta', 'viewer');
    const begun = await client.send('POST', '/api/auth/session', {
      body: { username: 'berta', password: PASSWORD },
    });
    await people.ask('PATCH', `/users/${id}`, { is_active: false });
    await people.ask('PATCH', `/users/${id}`, { is_active: true });
    expect((await refresh(cookieOf(begun))).status).toBe(204);
    expect(await statusOf(tokenOf(begun))).toBe(401);
  });
});
