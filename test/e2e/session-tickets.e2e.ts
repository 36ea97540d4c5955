import { connect as connectTcp } from 'node:net';
import { connect, type SecureVersion } from 'node:tls';
import { SessionTickets } from '../../src/tls/session-tickets.js';
import { startTestApp, type TestApp } from '../support/test-app.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

const TLS = {
  TLS_CERT_FILE: 'test/fixtures/tls/localhost.crt',
  TLS_KEY_FILE: 'test/fixtures/tls/localhost.key',
};
const REQUEST = 'GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n';

interface Visit {
  readonly isResumed: boolean;
  /** With the newest ticket that came. */
  readonly session: Buffer | undefined;
  readonly answer: string;
}

function visit(app: TestApp, version: SecureVersion, session?: Buffer): Promise<Visit> {
  return new Promise((resolve, reject) => {
    const socket = connect({
      port: Number(new URL(app.url).port),
      host: '127.0.0.1',
      servername: 'localhost',
      rejectUnauthorized: false,
      minVersion: version,
      maxVersion: version,
      ...(session && { session }),
    });
    let newest = session;
    let answer = '';
    socket.on('session', (ticket: Buffer) => (newest = ticket));
    socket.on('secureConnect', () => socket.write(REQUEST));
    socket.on('data', (bytes: Buffer) => (answer += bytes.toString()));
    socket.on('end', () => resolve({ isResumed: socket.isSessionReused(), session: newest, answer }));
    socket.on('error', reject);
  });
}

describe.each<SecureVersion>(['TLSv1.2', 'TLSv1.3'])('a TLS session, %s', (version) => {
  let database: TestDatabase;
  let apps: [TestApp, TestApp];

  const resume = async (app: TestApp, session: Buffer | undefined): Promise<Visit> => {
    const result = await visit(app, version, session);
    expect(result.answer).toContain('{"status":"ok"}');
    return result;
  };
  /** Lets time pass in the schedule, and has the servers look at it. */
  const passHours = async (hours: number): Promise<void> => {
    await database.query(`UPDATE tls_ticket_key SET starts_at = starts_at - $1 * interval '1 hour'`, [hours]);
    for (const app of apps) await app.nest.get(SessionTickets).refresh();
  };

  beforeAll(async () => {
    database = await createTestDatabase();
    apps = [await startTestApp({ env: TLS, database }), await startTestApp({ env: TLS, database })];
  });
  afterAll(async () => {
    await Promise.all(apps.map((app) => app.close()));
    await database.drop();
  });

  it('is resumed at another server, and begun anew once after a rotation', async () => {
    const [first, second] = apps;
    const begun = await resume(first, undefined);
    expect(begun.isResumed).toBe(false);
    expect((await resume(second, begun.session)).isResumed).toBe(true);

    await passHours(24);
    expect(await database.query('SELECT 1 FROM tls_ticket_key')).toHaveLength(1);
    const anew = await resume(second, begun.session);
    expect(anew.isResumed).toBe(false);
    for (const app of apps) expect((await resume(app, anew.session)).isResumed).toBe(true);
  });

  it('is resumed after a restart, and before and after a successor of its key is made', async () => {
    const { session } = await resume(apps[0], undefined);
    await passHours(23);
    expect(await database.query('SELECT 1 FROM tls_ticket_key')).toHaveLength(2);
    for (const app of apps) expect((await resume(app, session)).isResumed).toBe(true);
    const restarted = await startTestApp({ env: TLS, database });
    try {
      expect((await resume(restarted, session)).isResumed).toBe(true);
    } finally {
      await restarted.close();
    }
  });

  it('goes on while the database is away', async () => {
    const { session } = await resume(apps[0], undefined);
    await database.shut();
    await passHours(0).catch(() => undefined);
    for (const app of apps) await app.nest.get(SessionTickets).refresh();
    expect((await resume(apps[1], session)).isResumed).toBe(true);
    await database.reopen();
  });

  it('is not disturbed by clients that speak no TLS, or nothing', async () => {
    const [app] = apps;
    const port = Number(new URL(app.url).port);
    const nonsense = ['GET / HTTP/1.1\r\n\r\n', '\x16\x03\x01', '', Buffer.alloc(70_000, 0x16)];
    await Promise.all(
      nonsense.map(
        (bytes) =>
          new Promise<void>((resolve) => {
            const socket = connectTcp(port, '127.0.0.1', () => socket.end(bytes));
            socket.on('error', () => undefined);
            socket.on('close', () => resolve());
            socket.resume();
          }),
      ),
    );
    expect((await resume(app, undefined)).isResumed).toBe(false);
  });
});
