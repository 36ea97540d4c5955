import { request as httpRequest } from 'node:http';
import { connect, type Socket } from 'node:net';
import { jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { hash } from '@node-rs/argon2';
import { LoadMonitor } from '../../src/overload/load-monitor.js';
import { Client, eventually, type Answer } from '../support/http-client.js';
import { ADMIN_PASSWORD, startTestApp, type TestApp } from '../support/test-app.js';

/** More than a slow machine gets through before a delay is long enough to be met. */
const GUESSES = 15;

describe('logins', () => {
  let app: TestApp;
  let client: Client;
  let lines: string[];

  beforeAll(async () => {
    app = await startTestApp({ env: { TRUST_PROXY: 'loopback', METRICS_TOKEN: 'a token' } });
    client = new Client(app);
    app.nest.get(LoadMonitor).beforeApplicationShutdown();
  });
  afterAll(() => app.close());
  beforeEach(() => {
    lines = [];
    jest.spyOn(Logger.prototype, 'warn').mockImplementation((message: unknown) => {
      lines.push(String(message));
    });
  });
  afterEach(() => jest.restoreAllMocks());

  const login = (address: string, password: string, username = 'admin'): Promise<Answer> =>
    client.send('POST', '/api/auth/login', {
      body: { username, password },
      headers: { 'X-Forwarded-For': address },
    });
  const statuses = (answers: readonly Answer[]): number[] => answers.map(({ status }) => status);
  const times = async (count: number, work: (index: number) => Promise<Answer>): Promise<Answer[]> => {
    const answers: Answer[] = [];
    for (let index = 0; index < count; index++) answers.push(await work(index));
    return answers;
  };

  it('after five failures are refused without a look at the password, until Retry-After', async () => {
    const guesses = await times(GUESSES, () => login('192.0.2.1', 'wrong'));
    expect(statuses(guesses.slice(0, 5))).toEqual(new Array<number>(5).fill(401));
    const refused = guesses.find(({ status }) => status === 429);
    expect(refused?.body).toMatchObject({ status: 429, code: 'TOO_MANY_ATTEMPTS' });

    const early = await login('192.0.2.1', ADMIN_PASSWORD);
    const seconds = early.status === 429 ? Number(early.headers['retry-after']) : 0;
    if (early.status === 429) expect(seconds).toBeGreaterThanOrEqual(1);
    await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
    expect((await login('192.0.2.1', ADMIN_PASSWORD)).status).toBe(200);
  });

  it('are refused after as many failures whether the user exists or not', async () => {
    for (const [address, username] of [
      ['192.0.2.2', 'admin'],
      ['192.0.2.3', 'nobody'],
    ] as const) {
      const answers = statuses(await times(GUESSES, () => login(address, 'wrong', username)));
      expect(answers.slice(0, 5)).toEqual(new Array<number>(5).fill(401));
      expect(answers).toContain(429);
    }
  });

  it('of the admin from elsewhere go on, and from a known address whatever others do there', async () => {
    await login('192.0.2.4', ADMIN_PASSWORD);
    const guesses = await times(20 + GUESSES, (index) => login('192.0.2.4', 'guess', `user ${index}`));
    expect(statuses(guesses)).toContain(429);
    expect((await login('192.0.2.5', ADMIN_PASSWORD)).status).toBe(200);
    expect((await login('192.0.2.4', ADMIN_PASSWORD)).status).toBe(200);
  });

  it('count an IPv6 client by its /64', async () => {
    const guesses = await times(GUESSES, (index) => login(`2001:db8:7:7::${index}`, 'wrong'));
    expect(statuses(guesses)).toContain(429);
    expect((await login('2001:db8:7:8::1', ADMIN_PASSWORD)).status).toBe(200);
  });

  it('verify few of what comes at once, and let somebody else in meanwhile', async () => {
    // Verifying takes as long as in production.
    await app.database.query('UPDATE admin_user SET password_hash = $1', [await hash(ADMIN_PASSWORD)]);
    const burst = Promise.all(Array.from({ length: 200 }, () => login('192.0.2.6', 'wrong')));
    const other = login('192.0.2.7', ADMIN_PASSWORD);
    expect((await other).status).toBe(200);
    const answers = await burst;
    expect(answers.filter(({ status }) => status === 401).length).toBeLessThan(GUESSES);
    for (const answer of answers.filter(({ status }) => status !== 401)) {
      expect(answer.body).toMatchObject({ status: 429, code: 'TOO_MANY_ATTEMPTS' });
      expect(Number(answer.headers['retry-after'])).toBeGreaterThanOrEqual(1);
    }
  });

  it('give their places back, also those whose client goes away', async () => {
    for (let round = 0; round < 10; round++) {
      const requests = Array.from({ length: 16 }, () =>
        httpRequest(`${app.url}/api/auth/login`, {
          method: 'POST',
          headers: { 'X-Forwarded-For': '192.0.2.12', 'Content-Length': 100 },
        }),
      );
      for (const request of requests) request.on('error', () => undefined).flushHeaders();
      await new Promise((resolve) => setTimeout(resolve, 20));
      for (const request of requests) request.destroy();
    }
    await eventually(async () => {
      expect((await login('192.0.2.12', ADMIN_PASSWORD)).status).toBe(200);
    });
  });

  it('of the right password are all let in when they come at once, as far as they may wait', async () => {
    const answers = await Promise.all(Array.from({ length: 9 }, () => login('192.0.2.8', ADMIN_PASSWORD)));
    expect(statuses(answers)).toEqual(new Array<number>(9).fill(200));
  });

  it('that fail are logged with the address and, as it may be a password, only a name that a user has', async () => {
    await login('192.0.2.9', 'wrong', ADMIN_PASSWORD);
    await login('192.0.2.9', 'wrong', 'admin');
    expect(lines).toEqual([
      expect.stringContaining('a name that no user has from 192.0.2.9, 1 in a row.'),
      expect.stringContaining('"admin" from 192.0.2.9, 1 in a row.'),
    ]);
  });

  it('are counted, and wait in a queue that can be watched', async () => {
    const headers = { Authorization: 'Bearer a token' };
    const text = (await client.send('GET', '/metrics', { headers })).bytes.toString();
    expect(text).toMatch(/^ota_logins_total\{outcome="wrong"\} [1-9]/m);
    expect(text).toMatch(/^ota_logins_total\{outcome="right"\} [1-9]/m);
    expect(text).toMatch(/^ota_logins_total\{outcome="delayed"\} [1-9]/m);
    expect(text).toMatch(/^ota_queue_depth\{queue="logins"\} 0$/m);
  });

  it('are refused under load before any device is', async () => {
    const load = app.nest.get(LoadMonitor);
    const fallBehind = (lagMs: number): void => {
      for (let sample = 0; sample < 5; sample++) load.sample(lagMs);
    };
    fallBehind(app.config.limits.eventLoopLagMs);
    const refused = await login('192.0.2.10', ADMIN_PASSWORD);
    const check = await client.check();
    fallBehind(0);
    expect(refused.body).toMatchObject({ status: 503, code: 'OVERLOADED' });
    expect(check.status).toBe(200);
    expect((await login('192.0.2.10', ADMIN_PASSWORD)).status).toBe(200);
  });

  describe('while others hold connections and send no bodies', () => {
    let direct: TestApp;
    let sockets: Socket[];
    let requests: number;

    beforeAll(async () => {
      direct = await startTestApp({ database: app.database, limits: { bodyTimeoutMs: 60_000 } });
      direct.nest.getHttpServer().on('request', () => (requests += 1));
    });
    afterAll(() => direct.close());
    beforeEach(() => {
      sockets = [];
      requests = 0;
    });
    afterEach(() => {
      for (const socket of sockets) socket.destroy();
    });

    const post = (localAddress: string, length: number, body: string): Promise<string> => {
      const port = Number(new URL(direct.url).port);
      const socket = connect({ host: '127.0.0.1', port, localAddress }).setEncoding('utf8');
      sockets.push(socket);
      socket.write(`POST /api/auth/login HTTP/1.1\r\nHost: x\r\nContent-Length: ${length}\r\n\r\n${body}`);
      return new Promise((resolve) => {
        socket
          .on('error', () => undefined)
          .once('data', (text: string) => {
            resolve(text.slice(0, 'HTTP/1.1 200'.length));
          });
      });
    };
    const hold = async (address: string, count: number): Promise<void> => {
      const expected = requests + count;
      for (let index = 0; index < count; index++) void post(address, 50, '{');
      await eventually(() => {
        expect(requests).toBe(expected);
        return Promise.resolve();
      }, 20_000);
    };
    const right = (address: string): Promise<string> => {
      const body = JSON.stringify({ username: 'admin', password: ADMIN_PASSWORD });
      return post(address, body.length, body);
    };

    it('go through from any address', async () => {
      for (let n = 1; n <= 9; n++) await hold(`127.77.0.${n}`, 16);
      expect(await right('127.0.0.2')).toBe('HTTP/1.1 200');
      expect(await right('127.77.0.1')).toBe('HTTP/1.1 200');
    }, 60_000);

    it('are refused from the address of which too many are waited for, and from no other', async () => {
      await hold('127.77.1.1', 64);
      expect(await right('127.77.1.1')).toBe('HTTP/1.1 429');
      expect(await right('127.77.1.2')).toBe('HTTP/1.1 200');
      for (const socket of sockets) socket.destroy();
      await eventually(async () => {
        expect(await right('127.77.1.1')).toBe('HTTP/1.1 200');
      });
    }, 60_000);
  });

  it('through a proxy that nobody named are said to share an address', async () => {
    const other = await startTestApp({ database: app.database });
    try {
      await new Client(other).send('POST', '/api/auth/login', {
        body: { username: 'admin', password: ADMIN_PASSWORD },
        headers: { 'X-Forwarded-For': '192.0.2.11' },
      });
      expect(lines.join()).toContain('TRUST_PROXY');
    } finally {
      await other.close();
    }
  });
});
