import { Client, eventually, type Answer } from '../support/http-client.js';
import { bearer, PASSWORD, People } from '../support/people.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

const NEXT = 'another battery of horses';

describe('a changed password', () => {
  let app: TestApp;
  let client: Client;
  let people: People;
  let nth = 0;
  /** Of a user that each test has for itself, as the address that they come from. */
  let username: string;
  let token: string;

  beforeAll(async () => {
    app = await startTestApp({ env: { TRUST_PROXY: 'loopback' } });
    client = new Client(app);
    people = new People(app);
  });
  beforeEach(async () => {
    username = `somebody.${(nth += 1)}`;
    await people.create(username, 'admin');
    token = (await login(PASSWORD)).body.access_token as string;
  });
  afterAll(() => app.close());

  const address = () => ({ 'X-Forwarded-For': `192.0.2.${nth}` });
  const login = (password: string, to = client): Promise<Answer> =>
    to.send('POST', '/api/auth/login', { body: { username, password }, headers: address() });
  const change = (body: unknown): Promise<Answer> =>
    client.send('POST', '/api/auth/password', { body, headers: { ...bearer(token), ...address() } });
  const list = (of: string, at = client): Promise<Answer> =>
    at.send('GET', '/api/ota/admin/firmware', { headers: bearer(of) });

  describe('that is accepted', () => {
    it('ends every token from before, the one that changed it too, and lets the new one in', async () => {
      const another = (await login(PASSWORD)).body.access_token as string;
      const changed = await change({ current_password: PASSWORD, new_password: NEXT });
      expect([changed.status, changed.body]).toEqual([200, { success: true }]);

      for (const ended of [token, another]) expect((await list(ended)).body.code).toBe('UNAUTHENTICATED');
      expect((await login(PASSWORD)).status).toBe(401);
      const next = (await login(NEXT)).body.access_token as string;
      expect((await list(next)).status).toBe(200);
    });

    it('ends them on every server, and a token of another server is taken at once', async () => {
      const other = await startTestApp({ database: app.database });
      try {
        const there = new Client(other);
        const before = (await login(PASSWORD, there)).body.access_token as string;
        expect((await list(before, there)).status).toBe(200);
        await change({ current_password: PASSWORD, new_password: NEXT });
        const next = (await login(NEXT)).body.access_token as string;
        expect((await list(next, there)).status).toBe(200);
        await eventually(async () => {
          expect((await list(before, there)).status).toBe(401);
        });
      } finally {
        await other.close();
      }
    });

    it.each(['a'.repeat(10), '🔒'.repeat(10), 'ä'.repeat(1000)])('may be %s', async (next) => {
      expect((await change({ current_password: PASSWORD, new_password: next })).status).toBe(200);
      expect((await login(next)).status).toBe(200);
    });

    it('takes a token and the current password, which nobody may guess with a stolen token', async () => {
      const anonymous = await client.send('POST', '/api/auth/password', {
        body: { current_password: PASSWORD, new_password: NEXT },
      });
      expect([anonymous.status, anonymous.body.code]).toEqual([401, 'UNAUTHENTICATED']);
      const guesses: Answer[] = [];
      for (let guess = 0; guess < 15; guess++)
        guesses.push(await change({ current_password: `guess ${guess}`, new_password: NEXT }));
      const codes = guesses.map(({ body }) => body.code as string);
      expect(codes.slice(0, 5)).toEqual(new Array<string>(5).fill('INVALID_CREDENTIALS'));
      expect(codes).toContain('TOO_MANY_ATTEMPTS');
      expect((await list(token)).status).toBe(200);
    });

    it('of many that come at once is one of them', async () => {
      const answers = await Promise.all(
        ['first of them', 'second of them'].map((next) =>
          change({ current_password: PASSWORD, new_password: next }),
        ),
      );
      expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    });
  });

  describe('that breaks a rule', () => {
    it.each([
      ['a long one', { current_password: PASSWORD, new_password: 'a'.repeat(1001) }],
      ['a number', { current_password: PASSWORD, new_password: 12345678901 }],
      ['none', { current_password: PASSWORD }],
      ['no current one', { new_password: NEXT }],
    ])('is refused when it is %s', async (_, body) => {
      const answer = await change(body);
      expect([answer.status, answer.body.code]).toEqual([400, 'VALIDATION_FAILED']);
      expect((await login(PASSWORD)).status).toBe(200);
    });

    it.each([
      ['PASSWORD_TOO_SHORT', 'a'.repeat(9)],
      ['PASSWORD_TOO_SHORT', '🔒'.repeat(9)],
      ['PASSWORD_COMMON', 'Qwertyuiop'],
    ])('is refused as %s when it is %s', async (code, next) => {
      const answer = await change({ current_password: PASSWORD, new_password: next });
      expect([answer.status, answer.body.code]).toEqual([400, code]);
    });
  });
});
