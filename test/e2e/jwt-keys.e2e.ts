import { createHash, createHmac } from 'node:crypto';
import { KeyRing } from '../../src/auth/jwt/key-ring.js';
import type { AppConfig } from '../../src/config/app-config.js';
import { Client } from '../support/http-client.js';
import { bearer, People } from '../support/people.js';
import { ADMIN_PASSWORD, startTestApp, type TestApp } from '../support/test-app.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

const encode = (part: object): string => Buffer.from(JSON.stringify(part)).toString('base64url');
const later = Math.floor(Date.now() / 1000) + 3600;
const headerOf = (jwt: string): Record<string, unknown> =>
  JSON.parse(Buffer.from(jwt.split('.', 1)[0]!, 'base64url').toString()) as Record<string, unknown>;
const sign = (header: object, secret: string | Buffer, algorithm = 'sha256'): string => {
  const text = `${encode(header)}.${encode({ sub: '1', exp: later })}`;
  return `${text}.${createHmac(algorithm, secret).update(text).digest('base64url')}`;
};
const keyId = (secret: string): string => createHash('sha256').update(secret).digest('hex').slice(0, 8);

const GENERATED: AppConfig['jwt'] = {
  secret: null,
  previousSecret: null,
  earlierSecret: null,
  ttlSeconds: 43_200,
};

describe('the keys of tokens', () => {
  let database: TestDatabase;
  let apps: TestApp[];

  beforeEach(async () => {
    database = await createTestDatabase();
    apps = [];
  });
  afterEach(async () => {
    await Promise.all(apps.map((app) => app.close()));
    await database.drop();
  });

  const start = async (jwt: Partial<AppConfig['jwt']> = {}): Promise<TestApp> => {
    const app = await startTestApp({ database, jwt: { ...GENERATED, ...jwt } });
    apps.push(app);
    return app;
  };
  const statusOf = async (app: TestApp, token: string): Promise<number> =>
    (await new Client(app).send('GET', '/api/auth/me', { headers: bearer(token) })).status;
  const keys = (): Promise<{ key_id: string; value: Buffer; retired_at: Date | null }[]> =>
    database.query(`SELECT * FROM secret WHERE purpose = 'jwt' ORDER BY created_at`);
  /** As if time had passed. */
  const age = (hours: number): Promise<unknown> =>
    database.query(
      `UPDATE secret SET created_at = created_at - $1 * interval '1 hour', retired_at = retired_at - $1 * interval '1 hour'`,
      [hours],
    );
  const look = (app: TestApp): Promise<void> => app.nest.get(KeyRing).onApplicationBootstrap();

  it('are one when two servers start at once, named by every token', async () => {
    const [one, two] = await Promise.all([start(), start()]);
    const [key, ...more] = await keys();
    expect(more).toEqual([]);
    expect(key!.value).toHaveLength(32);
    expect(headerOf(one.token)).toEqual({ alg: 'HS256', typ: 'JWT', kid: key!.key_id });
    expect([await statusOf(one, two.token), await statusOf(two, one.token)]).toEqual([200, 200]);
  });

  it('change after 30 days without logging anybody out, and go when their tokens have expired', async () => {
    const [one, two] = [await start(), await start()];
    const first = one.token;
    await age(30 * 24);
    await look(one);
    // Nobody signs with the new one before every server has had the time to read it.
    expect(headerOf(await new People(one).logIn('admin', ADMIN_PASSWORD))['kid']).toBe(
      headerOf(first)['kid'],
    );
    await age(1);
    await look(one);
    const second = await new People(one).logIn('admin', ADMIN_PASSWORD);
    expect(headerOf(second)['kid']).not.toBe(headerOf(first)['kid']);
    for (const app of [one, two])
      expect([await statusOf(app, first), await statusOf(app, second)]).toEqual([200, 200]);
    expect((await keys()).map(({ retired_at }) => retired_at === null)).toEqual([false, true]);
    await age(14);
    await look(one);
    expect((await keys()).map(({ key_id }) => key_id)).toEqual([headerOf(second)['kid']]);
    expect(await statusOf(one, first)).toBe(401);
    expect(await statusOf(one, second)).toBe(200);
  });

  it('begin with the secret that an earlier version kept, whose tokens name none', async () => {
    const earlierSecret = 'kept by an earlier version';
    const app = await start({ earlierSecret });
    const [key] = await keys();
    expect([key!.key_id, key!.value.toString()]).toEqual([keyId(earlierSecret), earlierSecret]);
    expect(await statusOf(app, sign({ alg: 'HS256', typ: 'JWT' }, earlierSecret))).toBe(200);
    expect(headerOf(app.token)['kid']).toBe(keyId(earlierSecret));
    const another = await start();
    expect(await statusOf(another, app.token)).toBe(200);
    expect(await statusOf(another, sign({ alg: 'HS256', typ: 'JWT' }, earlierSecret))).toBe(401);
  });

  it('are those of the configuration where there are some: the present one signs, both are accepted', async () => {
    const [old, next] = ['the secret until now', 'the secret from now on'];
    const before = await start({ secret: old });
    expect(headerOf(before.token)['kid']).toBe(keyId(old));
    const after = await start({ secret: next, previousSecret: old });
    expect(headerOf(after.token)['kid']).toBe(keyId(next));
    expect([await statusOf(after, before.token), await statusOf(after, after.token)]).toEqual([200, 200]);
    expect(await statusOf(before, after.token)).toBe(401);
    expect(await keys()).toEqual([]);
    const unset = await start();
    expect(await statusOf(after, unset.token)).toBe(401);
  });

  it('do not open for another key, another algorithm or none', async () => {
    const app = await start();
    const [key] = await keys();
    const kid = key!.key_id;
    const secret = key!.value;
    expect(await statusOf(app, sign({ alg: 'HS256', kid }, secret))).toBe(200);
    for (const [what, token] of [
      ['no algorithm', `${encode({ alg: 'none', kid })}.${encode({ sub: '1', exp: later })}.`],
      ['another algorithm', sign({ alg: 'HS512', kid }, secret, 'sha512')],
      ['a name that is not its own', sign({ alg: 'HS512', kid }, secret)],
      ['an algorithm for public keys', sign({ alg: 'RS256', kid }, secret)],
      ['another key', sign({ alg: 'HS256', kid }, 'guess')],
      ['an unknown key', sign({ alg: 'HS256', kid: 'deadbeef' }, secret)],
      ['no key', sign({ alg: 'HS256' }, secret)],
      ['an empty secret', sign({ alg: 'HS256' }, '')],
      ['a key id that is none', sign({ alg: 'HS256', kid: { toString: kid } }, secret)],
      ['a path', sign({ alg: 'HS256', kid: '../../../dev/null' }, '')],
      ['a name of all objects', sign({ alg: 'HS256', kid: '__proto__' }, '')],
      ['a header that is no object', `${Buffer.from('null').toString('base64url')}.${encode({})}.x`],
    ] as const)
      expect([what, await statusOf(app, token)]).toEqual([what, 401]);
  });
});
