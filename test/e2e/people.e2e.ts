import { hash } from '@node-rs/argon2';
import { Principals } from '../../src/auth/principals.js';
import { Client, eventually } from '../support/http-client.js';
import { bearer, PASSWORD, People } from '../support/people.js';
import { PASSWORD_COST } from '../support/quick-password-cost.js';
import { ADMIN_PASSWORD, startTestApp, type TestApp } from '../support/test-app.js';

const FILE = Buffer.alloc(64, 0xa5);

describe('users and API tokens', () => {
  let app: TestApp;
  let client: Client;
  let people: People;
  let anna: number;
  let annasToken: string;

  beforeAll(async () => {
    app = await startTestApp();
    client = new Client(app);
    people = new People(app);
    anna = await people.create('anna', 'operator');
    annasToken = await people.logIn('anna');
  });
  afterAll(() => app.close());

  const auditOf = (action: string) =>
    app.database.query('SELECT * FROM audit_log WHERE action = $1 ORDER BY id', [action]);

  describe('a user', () => {
    it('is listed for admins with the role, without any secret', async () => {
      const { status, body, headers } = await people.ask('GET', '/users?limit=10');
      expect(status).toBe(200);
      expect(Number(headers['x-total-count'])).toBe((body as unknown[]).length);
      expect(body).toContainEqual({
        id: anna,
        username: 'anna',
        role: 'operator',
        is_active: true,
        created_at: expect.any(String),
        updated_at: expect.any(String),
      });
      expect((await people.ask('GET', '/users', undefined, annasToken)).status).toBe(403);
    });

    it.each([
      ['anna', 409, 'USERNAME_TAKEN', 'There is a user "anna" already.'],
      ['ANNA', 409, 'USERNAME_CONFUSABLE', /differs from that of the user "anna" in capitals or Unicode/],
      ['ａｎｎａ', 409, 'USERNAME_CONFUSABLE', /differs/],
      ['a\u200bnna', 400, 'VALIDATION_FAILED', /invisible/],
      [' berta', 400, 'VALIDATION_FAILED', /space/],
      ['', 400, 'VALIDATION_FAILED', /username/],
      ['x'.repeat(101), 400, 'VALIDATION_FAILED', /username/],
    ])('is not made with the name %j: %s %s', async (username, status, code, detail) => {
      const answer = await people.ask('POST', '/users', { username, password: PASSWORD });
      expect([answer.status, answer.body.code]).toEqual([status, code]);
      expect(answer.body.detail).toMatch(detail);
    });

    it.each([
      [{ password: 'short' }, 'PASSWORD_TOO_SHORT', /at least 10 characters/],
      [{ password: 'PASSWORD123' }, 'PASSWORD_COMMON', /commonest/],
      [{ password: 'x'.repeat(1001) }, 'VALIDATION_FAILED', /password/],
      [{ role: 'owner' }, 'ROLE_UNKNOWN', 'There is no role "owner": use viewer, operator or admin.'],
      [{ role: 'a\nb'.repeat(30) }, 'ROLE_UNKNOWN', /^There is no role "a\\nb/],
      [{ role: null }, 'VALIDATION_FAILED', /role/],
      [{ is_active: 'yes' }, 'VALIDATION_FAILED', /is_active/],
    ])('is not made with %j: %s', async (wrong, code, detail) => {
      const body = { username: 'berta', password: PASSWORD, ...wrong };
      const answer = await people.ask('POST', '/users', body);
      expect([answer.status, answer.body.code]).toEqual([400, code]);
      expect(answer.body.detail).toMatch(detail);
    });

    it('is a viewer unless said otherwise, and changes on record', async () => {
      const id = await people.create('carla', undefined as unknown as string);
      expect((await people.me(await people.logIn('carla'))).body).toMatchObject({ role: 'viewer' });
      const changed = await people.ask('PATCH', `/users/${id}`, { role: 'operator', username: 'Carla' });
      expect(changed.body).toMatchObject({ username: 'Carla', role: 'operator', is_active: true });
      await people.ask('PATCH', `/users/${id}`, { role: 'operator' });
      expect((await people.ask('DELETE', `/users/${id}`)).body).toEqual({ success: true });

      const target = `user:${id}`;
      const rows = await app.database.query(
        'SELECT actor_name, action, before, after FROM audit_log WHERE target = $1 ORDER BY id',
        [target],
      );
      const before = { username: 'carla', role: 'viewer', is_active: true };
      const after = { username: 'Carla', role: 'operator', is_active: true };
      expect(rows).toEqual([
        { actor_name: 'admin', action: 'user.create', before: null, after: before },
        { actor_name: 'admin', action: 'user.update', before, after },
        { actor_name: 'admin', action: 'user.delete', before: after, after: null },
      ]);
    });

    it.each(['PATCH', 'DELETE'])('that is not there is not found: %s', async (method) => {
      const { status, body } = await people.ask(method, '/users/999', method === 'PATCH' ? {} : undefined);
      expect([status, body.code, body.detail]).toEqual([404, 'USER_NOT_FOUND', 'There is no user 999.']);
    });

    it.each([
      ['PATCH', { role: 'operator' }],
      ['PATCH', { is_active: false }],
      ['DELETE', undefined],
    ])('who is the last admin stays one: %s %j', async (method, body) => {
      const answer = await people.ask(method, '/users/1', body);
      expect([answer.status, answer.body.code]).toEqual([409, 'LAST_ADMIN']);
    });

    it('who is disabled cannot log in, nor use what was given before', async () => {
      const id = await people.create('dora', 'operator');
      const jwt = await people.logIn('dora');
      const { token } = await people.makeToken('doras', { role: 'operator' }, jwt);
      await people.ask('PATCH', `/users/${id}`, { is_active: false });
      for (const credential of [jwt, token]) expect((await people.me(credential)).status).toBe(401);
      expect((await people.tryToLogIn('dora')).body.code).toBe('INVALID_CREDENTIALS');

      await people.ask('PATCH', `/users/${id}`, { is_active: true });
      expect((await people.me(jwt)).status).toBe(401);
      expect((await people.me(token)).status).toBe(200);
      expect((await people.tryToLogIn('dora')).status).toBe(200);
      await people.ask('DELETE', `/users/${id}`);
      expect((await people.me(token)).status).toBe(401);
    });

    it('whose role is lowered may less at once, with tokens, too', async () => {
      const id = await people.create('emil', 'admin');
      const jwt = await people.logIn('emil');
      const { token } = await people.makeToken('emils', { role: 'admin' }, jwt);
      expect((await people.ask('GET', '/users', undefined, token)).status).toBe(200);
      await people.ask('PATCH', `/users/${id}`, { role: 'viewer' });
      for (const credential of [jwt, token]) {
        expect((await people.ask('GET', '/users', undefined, credential)).body.code).toBe('NOT_ALLOWED');
        expect((await people.me(credential)).body.role).toBe('viewer');
      }
    });

    it('gets another password from an admin, which ends what the old one gave', async () => {
      const id = await people.create('fred', 'viewer');
      const jwt = await people.logIn('fred');
      const password = 'other words than the first';
      expect((await people.ask('PATCH', `/users/${id}`, { password })).status).toBe(200);
      expect((await people.me(jwt)).status).toBe(401);
      expect((await people.tryToLogIn('fred')).status).toBe(401);
      expect((await people.tryToLogIn('fred', password)).status).toBe(200);
    });

    it('who was disabled while a request of theirs waited changes nothing any more', async () => {
      const id = await people.create('hugo', 'admin');
      const jwt = await people.logIn('hugo');
      await people.ask('PATCH', `/users/${id}`, { is_active: false });
      const principals = app.nest.get(Principals);
      // As the guard has found it before the user was disabled.
      const stale = { id, name: 'hugo', role: 'admin', via: 'password', token: null } as const;
      principals.of = () => Promise.resolve(stale);
      try {
        const user = { username: 'back door', role: 'admin', password: PASSWORD };
        for (const answer of [
          await people.ask('POST', '/users', user, jwt),
          await people.ask('PATCH', `/users/${id}`, { is_active: true }, jwt),
          await people.ask('POST', '/tokens', { name: 'back door' }, jwt),
          await people.ask('POST', '/devices/1/token', undefined, jwt),
        ]) {
          expect([answer.status, answer.body.code]).toEqual([401, 'ACCESS_ENDED']);
        }
      } finally {
        Reflect.deleteProperty(principals, 'of');
      }
      const { body } = await people.ask('GET', '/users');
      expect(JSON.stringify(body)).not.toContain('back door');
    });

    it('who changed the password while a request of theirs waited changes nothing by it', async () => {
      const id = await people.create('iris', 'admin');
      await people.ask('PATCH', `/users/${id}`, { password: `${PASSWORD} later` });
      const principals = app.nest.get(Principals);
      const earlier = { id, name: 'iris', role: 'admin', via: 'password', token: null } as const;
      try {
        for (const [given, expected] of [
          [{ epoch: 0 }, 401],
          [{ epoch: 1, sessionId: 999_999 }, 401],
          [{ epoch: 1 }, 200],
        ] as const) {
          principals.of = () => Promise.resolve({ ...earlier, ...given });
          const { status } = await people.ask('POST', '/enrollment-keys', { device_type: 'sensor' });
          expect([given, status]).toEqual([given, expected]);
        }
      } finally {
        Reflect.deleteProperty(principals, 'of');
      }
    });

    it('whose hash costs less than today gets a new one at the next login, and keeps the session', async () => {
      const id = await people.create('greta', 'viewer');
      const jwt = await people.logIn('greta');
      // Of the tests' own cost, see quick-password-cost.ts.
      const old = await hash(PASSWORD, { ...PASSWORD_COST, memoryCost: 8 });
      await app.database.query('UPDATE admin_user SET password_hash = $2 WHERE id = $1', [id, old]);
      await people.tryToLogIn('greta', 'a wrong password');
      const hashNow = async () =>
        (await app.database.query('SELECT password_hash FROM admin_user WHERE id = $1', [id]))[0]![
          'password_hash'
        ] as string;
      expect(await hashNow()).toBe(old);
      await people.logIn('greta');
      expect(await hashNow()).toContain(`$m=${PASSWORD_COST.memoryCost},t=1,p=1$`);
      expect((await people.me(jwt)).status).toBe(200);
      expect((await people.tryToLogIn('greta')).status).toBe(200);
    });
  });

  describe('an API token', () => {
    it('is shown once, works wherever a login does, and says who it is', async () => {
      const { id, token } = await people.makeToken('ci', { role: 'operator' }, annasToken);
      expect(token).toMatch(/^ota_[0-9A-Za-z]{38}$/);
      expect((await people.me(token)).body).toEqual({
        id: anna,
        username: 'anna',
        role: 'operator',
        via: 'token',
        expires_at: null,
      });
      const list = await people.ask('GET', '/tokens', undefined, annasToken);
      const listed = (list.body as { id: number }[]).find((one) => one.id === id);
      expect(listed).toMatchObject({
        user_id: anna,
        username: 'anna',
        name: 'ci',
        role: 'operator',
        token_prefix: token.slice(0, 8),
        expires_at: null,
      });
      expect(JSON.stringify(list.body)).not.toContain(token);
      const rows = await app.database.query('SELECT * FROM api_token WHERE id = $1', [id]);
      expect(JSON.stringify(rows)).not.toContain(token);
    });

    it('opens drafts for download', async () => {
      const { status, body } = await client.publish(FILE, { is_stable: false });
      expect([status, body.detail]).toEqual([200, undefined]);
      const { token } = await people.makeToken('drafts', {}, annasToken);
      const path = body.id as number;
      expect((await client.download(path)).status).toBe(404);
      expect((await client.download(path, bearer(token))).status).toBe(200);
    });

    it('may less than its user, and never more', async () => {
      const { token } = await people.makeToken('reader', { role: 'viewer' }, annasToken);
      expect((await people.ask('POST', '/store/clean', {}, token)).body.code).toBe('NOT_ALLOWED');
      const higher = await people.ask('POST', '/tokens', { name: 'higher', role: 'admin' }, annasToken);
      expect([higher.status, higher.body.code]).toEqual([403, 'ROLE_TOO_HIGH']);
      expect(higher.body.detail).toBe(
        "The role admin is higher than yours, operator: a token has its user's role at most.",
      );
    });

    it('makes no tokens and no users, and changes no passwords', async () => {
      const { token } = await people.makeToken('proud', { role: 'admin' });
      const answers = await Promise.all([
        people.ask('POST', '/tokens', { name: 'child' }, token),
        people.ask('PATCH', `/users/${anna}`, { password: PASSWORD }, token),
        people.ask('POST', '/users', { username: 'child', role: 'admin', password: PASSWORD }, token),
        client.send('POST', '/api/auth/password', {
          body: { current_password: ADMIN_PASSWORD, new_password: PASSWORD },
          headers: bearer(token),
        }),
      ]);
      for (const { status, body } of answers) expect([status, body.code]).toEqual([403, 'TOKEN_NOT_ALLOWED']);
      expect((await people.ask('GET', '/users', undefined, token)).status).toBe(200);
    });

    it.each([
      [{ name: 'twice' }, 409, 'TOKEN_NAME_TAKEN', 'You have a token "twice" already.'],
      [
        { name: 'past', expires_at: '2020-01-01T00:00:00Z' },
        400,
        'EXPIRY_IN_PAST',
        /2020-01-01T00:00:00.000Z/,
      ],
      [{ name: 'never', expires_at: 'never' }, 400, 'VALIDATION_FAILED', /expires_at/],
      [{ name: 'a role', role: 'root' }, 400, 'ROLE_UNKNOWN', /no role "root"/],
      [{ name: 'a\nb' }, 400, 'VALIDATION_FAILED', /name/],
      [{}, 400, 'VALIDATION_FAILED', /name/],
    ])('is not made from %j: %s %s', async (body, status, code, detail) => {
      await people.ask('POST', '/tokens', { name: 'twice' });
      const answer = await people.ask('POST', '/tokens', body);
      expect([answer.status, answer.body.code]).toEqual([status, code]);
      expect(answer.body.detail).toMatch(detail);
    });

    it('ends when it is revoked; its name is free again then', async () => {
      const { id, token } = await people.makeToken('short-lived', {}, annasToken);
      expect((await people.me(token)).status).toBe(200);
      const { status, body } = await people.ask('DELETE', `/tokens/${id}`, undefined, annasToken);
      expect([status, body]).toEqual([200, { success: true }]);
      const refused = await people.me(token);
      expect([refused.status, refused.body.code]).toEqual([401, 'UNAUTHENTICATED']);
      expect(refused.body.detail).toBe(
        'This API token is unknown, revoked or expired, or its user is disabled.',
      );
      const again = await people.ask('DELETE', `/tokens/${id}`, undefined, annasToken);
      expect([again.status, again.body.code]).toEqual([404, 'TOKEN_NOT_FOUND']);
      await people.makeToken('short-lived', {}, annasToken);
    });

    it('ends when it expires', async () => {
      const { id, token } = await people.makeToken('until', { expires_at: '2099-01-01T00:00:00Z' });
      expect((await people.me(token)).body.expires_at).toBe('2099-01-01T00:00:00.000Z');
      await app.database.query('UPDATE api_token SET expires_at = now() WHERE id = $1', [id]);
      await eventually(async () => expect((await people.me(token)).status).toBe(401));
    });

    it('is its user’s and the admins’ to see and revoke', async () => {
      const { id } = await people.makeToken('of the admin');
      const own = (await people.ask('GET', '/tokens', undefined, annasToken)).body as { user_id: number }[];
      expect(new Set(own.map((one) => one.user_id))).toEqual(new Set([anna]));
      const hidden = await people.ask('DELETE', `/tokens/${id}`, undefined, annasToken);
      expect([hidden.status, hidden.body.code]).toEqual([404, 'TOKEN_NOT_FOUND']);
      const all = (await people.ask('GET', '/tokens?limit=1000')).body as { user_id: number }[];
      expect(new Set(all.map((one) => one.user_id)).size).toBeGreaterThan(1);
      const annas = await people.makeToken('for the admin to revoke', {}, annasToken);
      expect((await people.ask('DELETE', `/tokens/${annas.id}`)).status).toBe(200);
    });

    it('that was mistyped or cut is refused without a look at the database', async () => {
      const { token } = await people.makeToken('typed', {}, annasToken);
      for (const wrong of [
        `${token}x`,
        token.slice(0, -1),
        token.replace(/.$/, (c) => (c === 'a' ? 'b' : 'a')),
      ]) {
        const { status, body } = await people.me(wrong);
        expect([status, body.detail]).toEqual([
          401,
          'This API token was mistyped or cut: its checksum does not fit.',
        ]);
      }
    });

    it('notes its last use without being told of to every server', async () => {
      const { id, token } = await people.makeToken('used', {}, annasToken);
      await people.me(token);
      await eventually(async () => {
        const [row] = await app.database.query('SELECT last_used_at FROM api_token WHERE id = $1', [id]);
        expect(row!['last_used_at']).not.toBeNull();
      });
    });

    it('is on record without its text or hash', async () => {
      const [made] = (await auditOf('token.create')).slice(-1);
      expect(made).toMatchObject({ actor_kind: 'user', actor_name: 'anna', result: 'done' });
      expect(Object.keys(made!['after'] as object).sort()).toEqual(['expires_at', 'name', 'role', 'user_id']);
      const all = JSON.stringify(await app.database.query('SELECT * FROM audit_log'));
      expect(all).not.toMatch(/ota_|argon2|eyJ/);
      expect(all).not.toContain(PASSWORD);
    });
  });

  it('are themselves when they ask at the same time', async () => {
    const tokens = Array.from({ length: 12 }, (_, i) => (i % 2 === 0 ? app.token : annasToken));
    const answers = await Promise.all(tokens.map((token) => people.me(token)));
    const names = answers.map(({ body }) => body.username as string);
    expect(names).toEqual(tokens.map((token) => (token === app.token ? 'admin' : 'anna')));
  });

  it('are told who they are', async () => {
    const { status, body } = await people.me(annasToken);
    expect(status).toBe(200);
    const expires_at = expect.stringMatching(/Z$/) as unknown;
    expect(body).toEqual({
      id: anna,
      username: 'anna',
      role: 'operator',
      via: 'password',
      token_name: null,
      expires_at,
    });
    expect((await client.send('GET', '/api/auth/me')).status).toBe(401);
  });
});
