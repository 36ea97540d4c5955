import { ChangeFeed } from '../../src/database/change-feed.js';
import { Principals } from '../../src/auth/principals.js';
import { ApiTokenRepository } from '../../src/auth/tokens/api-token.repository.js';
import { jest } from '@jest/globals';
import { newApiToken } from '../../src/domain/api-token.js';
import { Client, eventually } from '../support/http-client.js';
import { bearer, PASSWORD, People } from '../support/people.js';
import { samples } from '../support/samples.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

/** Of a feed whose connection is half open: it hears nothing, and tells nobody so. */
const deafen = ({ nest }: TestApp): void => {
  nest.get(ChangeFeed).beforeApplicationShutdown();
};

describe.each([
  ['that hear each other', () => undefined],
  ['of which one is deaf', deafen],
])('access on two servers %s', (_, prepare) => {
  let here: TestApp;
  let there: TestApp;
  let people: People;
  let others: People;

  beforeAll(async () => {
    here = await startTestApp();
    there = await startTestApp({ database: here.database });
    prepare(there);
    people = new People(here);
    others = new People(there);
  });
  afterAll(async () => {
    await there.close();
    await here.close();
  });

  const isRefusedThere = (token: string): Promise<void> =>
    eventually(async () => {
      expect((await others.me(token)).status).toBe(401);
    });

  it('begins at once everywhere and ends everywhere, whoever gives and takes it', async () => {
    for (let round = 0; round < samples(5); round++) {
      const { id, token } = await people.makeToken(`round ${round}`);
      expect((await others.me(token)).status).toBe(200);
      const ended = Promise.all([
        people.ask('DELETE', `/tokens/${id}`),
        ...Array.from({ length: 5 }, () => others.me(token)),
      ]);
      const [{ status }] = await ended;
      expect(status).toBe(200);
      expect((await people.me(token)).status).toBe(401);
      await isRefusedThere(token);
    }
  });

  it('changes with the role', async () => {
    const id = await people.create('anna', 'admin');
    const jwt = await people.logIn('anna');
    expect((await others.ask('GET', '/users', undefined, jwt)).status).toBe(200);
    await people.ask('PATCH', `/users/${id}`, { role: 'viewer' });
    await eventually(async () => {
      expect((await others.ask('GET', '/users', undefined, jwt)).status).toBe(403);
    });
  });

  it('ends with the user, the password and the session', async () => {
    const id = await people.create('berta', 'viewer');
    const jwt = await people.logIn('berta');
    const { token } = await people.makeToken('bertas', {}, jwt);
    for (const credential of [jwt, token]) expect((await others.me(credential)).status).toBe(200);
    await people.ask('PATCH', `/users/${id}`, { password: `${PASSWORD} later` });
    await isRefusedThere(jwt);
    expect((await others.me(token)).status).toBe(200);
    await people.ask('DELETE', `/users/${id}`);
    await isRefusedThere(token);

    const client = new Client(here);
    await people.create('carla', 'viewer');
    const login = { username: 'carla', password: PASSWORD };
    const { body, headers } = await client.send('POST', '/api/auth/session', { body: login });
    const session = body.access_token as string;
    expect((await others.me(session)).status).toBe(200);
    const Cookie = headers['set-cookie']![0]!.split(';', 1)[0]!;
    await client.send('DELETE', '/api/auth/session', { headers: { Cookie } });
    await isRefusedThere(session);
  });

  it('is asked of the database once for many requests, and seldom for tokens that are made up', async () => {
    const { token } = await people.makeToken('busy');
    await others.me(token);
    const tokensOf = (of: string) => others.ask('GET', '/tokens', undefined, of);
    const principals = there.nest.get(Principals);
    const reads = jest.spyOn(there.nest.get(ApiTokenRepository), 'findLive');
    // What is known is read again each second, of which a busy machine takes several for this.
    const now = performance.now();
    const clock = jest.spyOn(performance, 'now').mockReturnValue(now);
    await Promise.all(Array.from({ length: 100 }, () => tokensOf(token)));
    clock.mockRestore();
    expect(reads.mock.calls.length).toBeLessThanOrEqual(3);
    reads.mockClear();
    principals.forget();
    const strangers = Array.from({ length: 100 }, () => principals.ofApiToken(newApiToken()));
    expect(new Set(await Promise.all(strangers))).toEqual(new Set([null]));
    expect(reads.mock.calls.length).toBeLessThan(20);
    expect((await tokensOf(newApiToken())).status).toBe(401);
    reads.mockRestore();
  });

  it('is of one key for both servers', async () => {
    const jwt = await others.logIn('admin', 'correct horse battery staple');
    expect((await new Client(here).send('GET', '/api/auth/me', { headers: bearer(jwt) })).status).toBe(200);
  });
});
