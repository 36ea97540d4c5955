import { Client } from '../support/http-client.js';
import { PASSWORD, People } from '../support/people.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

describe('changes of two servers at the same time', () => {
  let here: TestApp;
  let there: TestApp;
  let people: People;
  let others: People;

  beforeAll(async () => {
    here = await startTestApp();
    there = await startTestApp({ database: here.database });
    people = new People(here);
    others = new People(there);
  });
  afterAll(async () => {
    await there.close();
    await here.close();
  });

  const admins = async (): Promise<number[]> => {
    const rows = await here.database.query<{ id: string }>(
      `SELECT id FROM admin_user WHERE role = 'admin' AND is_active ORDER BY id`,
    );
    return rows.map(({ id }) => Number(id));
  };

  it.each([
    ['PATCH', { role: 'viewer' }],
    ['PATCH', { is_active: false }],
    ['DELETE', undefined],
  ])('leave an admin when two admins do it to each other: %s %j', async (method, body) => {
    for (let round = 0; round < 4; round++) {
      const name = `second of ${method} ${JSON.stringify(body)} ${round}`;
      const second = await people.create(name, 'admin');
      const token = await people.logIn(name);
      const [first] = await admins();
      const answers = await Promise.all([
        people.ask(method, `/users/${second}`, body),
        others.ask(method, `/users/${first}`, body, token),
      ]);
      // One that is no admin any more may be refused for that, before the lock is even asked for.
      const statuses = answers.map(({ status }) => status);
      expect(statuses.filter((status) => status === 200)).toHaveLength(1);
      expect([401, 403, 409]).toContain(statuses.find((status) => status !== 200));
      expect(await admins()).toHaveLength(1);
      // The first one is who the tests ask as.
      await here.database.query(
        `INSERT INTO admin_user (id, username, password_hash)
         VALUES (1, 'admin', 'x') ON CONFLICT (id) DO UPDATE SET role = 'admin', is_active = true, token_epoch = 0`,
      );
      await here.database.query('DELETE FROM admin_user WHERE id <> 1');
    }
  });

  it('make one user of a name, however it is written', async () => {
    const names = ['Zoë', 'zoë', 'ZOE\u0308', 'Zoe\u0308'];
    const answers = await Promise.all(
      names.map((username, i) =>
        (i % 2 === 0 ? people : others).ask('POST', '/users', { username, password: PASSWORD }),
      ),
    );
    const codes = answers.map(({ status, body }) => (status === 200 ? 'made' : (body.code as string)));
    expect(codes.sort()).toEqual([...new Array<string>(3).fill('USERNAME_CONFUSABLE'), 'made'].sort());
  });

  it('make one token of a name', async () => {
    const answers = await Promise.all(
      [people, others, people, others].map((which) =>
        which.ask('POST', '/tokens', { name: 'one' }, here.token),
      ),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409, 409]);
  });

  it('end a session whose cookie is used on both', async () => {
    const login = { username: 'anna', password: PASSWORD };
    await people.create('anna', 'viewer');
    const [one, two] = [new Client(here), new Client(there)];
    for (let round = 0; round < 4; round++) {
      const begun = await one.send('POST', '/api/auth/session', { body: login });
      const cookie = begun.headers['set-cookie']![0]!.split(';', 1)[0]!;
      const refresh = (client: Client, Cookie: string) =>
        client.send('POST', '/api/auth/session/refresh', { headers: { Cookie } });
      const answers = await Promise.all([refresh(one, cookie), refresh(two, cookie)]);
      expect(answers.map(({ status }) => status).sort()).toEqual([200, 204]);
      const { headers } = answers.find(({ status }) => status === 200)!;
      const next = headers['set-cookie']![0]!.split(';', 1)[0]!;
      expect((await refresh(one, next)).status).toBe(204);
      const [row] = await here.database.query('SELECT count(*)::int AS count FROM admin_session');
      expect(row).toEqual({ count: 0 });
    }
  });
});
