import { Client, type Answer } from './http-client.js';
import type { TestApp } from './test-app.js';

/** Good enough for every user of the tests. */
export const PASSWORD = 'four words of no sentence';

export const bearer = (token: string): Record<string, string> => ({ Authorization: `Bearer ${token}` });

/** What tests do with users and tokens, as the admin of the app or as somebody else. */
export class People {
  private readonly client: Client;

  constructor(private readonly app: Pick<TestApp, 'url' | 'token'>) {
    this.client = new Client(app);
  }

  /** A request to the admin API. */
  ask(method: string, path: string, body?: unknown, token = this.app.token): Promise<Answer> {
    return this.client.send(method, `/api/ota/admin${path}`, { body, headers: bearer(token) });
  }

  /** @returns the id */
  async create(username: string, role: string, more: Record<string, unknown> = {}): Promise<number> {
    const { status, body } = await this.ask('POST', '/users', {
      username,
      password: PASSWORD,
      role,
      ...more,
    });
    if (status !== 200) throw new Error(JSON.stringify(body));
    return body.id as number;
  }

  async logIn(username: string, password = PASSWORD): Promise<string> {
    const answer = await this.tryToLogIn(username, password);
    if (answer.status !== 200) throw new Error(JSON.stringify(answer.body));
    return answer.body.access_token as string;
  }

  tryToLogIn(username: string, password = PASSWORD): Promise<Answer> {
    return this.client.send('POST', '/api/auth/login', { body: { username, password } });
  }

  /** @returns the API token and its id */
  async makeToken(
    name: string,
    more: Record<string, unknown> = {},
    token = this.app.token,
  ): Promise<{ id: number; token: string }> {
    const { status, body } = await this.ask('POST', '/tokens', { name, ...more }, token);
    if (status !== 200) throw new Error(JSON.stringify(body));
    return body as { id: number; token: string };
  }

  me(token: string): Promise<Answer> {
    return this.client.send('GET', '/api/auth/me', { headers: bearer(token) });
  }
}
