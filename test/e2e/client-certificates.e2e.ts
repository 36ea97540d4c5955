import { Agent, request } from 'node:https';
import type { Server } from 'node:https';
import type { TLSSocket } from 'node:tls';
import { readFileSync } from 'node:fs';
import { AuthService } from '../../src/auth/auth.service.js';
import { tlsOptions } from '../../src/tls/tls-options.js';
import { TestAuthority, type ClientCertificate } from '../support/client-certificates.js';
import { eventually } from '../support/http-client.js';
import { LANES_OF_RUN, startTestApp, type TestApp } from '../support/test-app.js';

interface Visit {
  readonly status: number;
  readonly code: string;
  readonly isResumed: boolean;
}

describe.each(LANES_OF_RUN)('a client certificate, %s', (_name, lane) => {
  let authority: TestAuthority;
  let stranger: TestAuthority;
  let app: TestApp;
  let agents: Agent[];

  beforeAll(async () => {
    authority = new TestAuthority('fleet');
    stranger = new TestAuthority('somebody else');
    app = await startTestApp({
      env: {
        ...lane,
        DEVICE_AUTH: 'required',
        TLS_CERT_FILE: 'test/fixtures/tls/localhost.crt',
        TLS_KEY_FILE: 'test/fixtures/tls/localhost.key',
        TLS_CLIENT_CA_FILE: authority.file,
      },
    });
  });
  beforeEach(() => {
    agents = [];
  });
  afterEach(() => {
    for (const agent of agents) agent.destroy();
  });
  afterAll(async () => {
    await app.close();
    authority.remove();
    stranger.remove();
  });

  const agentOf = (
    certificate: ClientCertificate | null,
    maxVersion: 'TLSv1.2' | 'TLSv1.3' = 'TLSv1.3',
  ): Agent => {
    const agent = new Agent({
      ...certificate,
      keepAlive: true,
      maxSockets: 1,
      rejectUnauthorized: false,
      maxVersion,
    });
    agents.push(agent);
    return agent;
  };
  const check = (agent: Agent, deviceId: number, headers: Record<string, string> = {}): Promise<Visit> =>
    new Promise((resolve, reject) => {
      const asked = request(
        `${app.url}/api/ota/check`,
        { agent, method: 'POST', headers: { 'Content-Type': 'application/json', ...headers } },
        (response) => {
          // At its end, the socket belongs to the agent again.
          const isResumed = (response.socket as TLSSocket).isSessionReused();
          let text = '';
          response.on('data', (chunk: Buffer) => (text += chunk.toString()));
          response.on('end', () => {
            const { code = '' } = JSON.parse(text) as { code?: string };
            resolve({ status: response.statusCode ?? 0, code, isResumed });
          });
        },
      );
      asked.on('error', reject);
      asked.end(
        JSON.stringify({ device_id: deviceId, device_type: 'x', current_version: '1.0.0', current_build: 1 }),
      );
    });
  /** On a new connection, with the session of the one before. */
  const again = (agent: Agent): void => {
    for (const socket of Object.values(agent.freeSockets).flat()) socket?.destroy();
  };

  it('of the authority proves the device that it names, and no other', async () => {
    const agent = agentOf(authority.issue('/O=Fleet/CN=123'));
    expect(await check(agent, 123)).toMatchObject({ status: 200 });
    expect(await check(agent, 123)).toMatchObject({ status: 200 });
    expect(await check(agent, 124)).toMatchObject({ status: 403, code: 'OTHER_DEVICE' });
    await eventually(async () => {
      const rows = await app.database.query('SELECT identity FROM device_access WHERE device_id = 123');
      expect(rows).toEqual([{ identity: 'certificate' }]);
    });
  });

  it.each<[string, () => ClientCertificate | null]>([
    ['none', () => null],
    ['of another authority', () => stranger.issue('/CN=123')],
    ['without a number', () => authority.issue('/CN=scales')],
    ['with two names', () => authority.issue('/CN=123/CN=124')],
    ['with a number that no device has', () => authority.issue('/CN=0123')],
  ])('that is %s proves nothing, and is no reason to refuse the connection', async (_what, issue) => {
    const agent = agentOf(issue());
    const refused = { status: 401, code: 'DEVICE_UNAUTHENTICATED' };
    expect(await check(agent, 123)).toMatchObject(refused);
    const login = await app.nest.get(AuthService).login('admin', 'correct horse battery staple', 'test');
    expect(await check(agent, 123, { Authorization: `Bearer ${login.token}` })).toMatchObject(refused);
  });

  it.each(['TLSv1.2', 'TLSv1.3'] as const)('is that of a resumed session, too: %s', async (version) => {
    const agent = agentOf(authority.issue('/CN=77'), version);
    expect(await check(agent, 77)).toMatchObject({ status: 200, isResumed: false });
    again(agent);
    expect(await check(agent, 77)).toEqual({ status: 200, code: '', isResumed: true });
    expect(await check(agent, 78)).toMatchObject({ status: 403 });
  });

  it.each<['TLSv1.2' | 'TLSv1.3', string, () => ClientCertificate | null]>([
    ['TLSv1.2', 'none', () => null],
    ['TLSv1.3', 'none', () => null],
    ['TLSv1.2', 'of another authority', () => stranger.issue('/CN=77')],
    ['TLSv1.3', 'of another authority', () => stranger.issue('/CN=77')],
  ])('proves nothing by resuming a session, %s, %s', async (version, _what, issue) => {
    const agent = agentOf(issue(), version);
    expect(await check(agent, 77)).toMatchObject({ status: 401, isResumed: false });
    again(agent);
    expect(await check(agent, 77)).toMatchObject({ status: 401, isResumed: true });
  });

  it('is asked for after the certificates were read again, as at SIGHUP', async () => {
    const server = app.nest.getHttpServer() as unknown as Server;
    const renewed = {
      cert: readFileSync('test/fixtures/tls/renewed.crt'),
      key: readFileSync('test/fixtures/tls/renewed.key'),
      ca: readFileSync(authority.file),
    };
    const ticketKeys = server.getTicketKeys();
    server.setSecureContext(tlsOptions(renewed));
    server.setTicketKeys(ticketKeys);
    expect(await check(agentOf(authority.issue('/CN=5')), 5)).toMatchObject({ status: 200 });
    expect(await check(agentOf(stranger.issue('/CN=5')), 5)).toMatchObject({ status: 401 });
  });
});
