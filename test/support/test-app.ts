import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Type } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { DEFAULT_LIMITS, type AppConfig, type Limits } from '../../src/config/app-config.js';
import { readEnvironment, type Environment } from '../../src/config/environment.js';
import { takeRequests } from '../../src/http/connections/take-requests.js';
import { RequestPolicies } from '../../src/http/request-policies.js';
import { createApp, setTimeouts } from '../../src/server/create-app.js';
import { completeStart } from '../../src/server/start-app.js';
import { createTestDatabase, type TestDatabase } from './test-database.js';

export const ADMIN_PASSWORD = 'correct horse battery staple';

/** The two ways to the same answers, for suites that go both. */
export const LANES = [
  ['through the device lane', { DEVICE_LANE: 'on' }],
  ['around it', { DEVICE_LANE: 'off' }],
] as const satisfies readonly (readonly [string, Environment])[];

/** One of them, for long suites that go both: `npm run test:system` goes around it. */
export const LANES_OF_RUN = LANES.filter(
  ([, { DEVICE_LANE }]) => DEVICE_LANE === (process.env['TEST_DEVICE_LANE'] ?? 'on'),
);

/** The app as in production, on a real socket, with a database and a firmware store of its own. */
export interface TestApp {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  readonly config: AppConfig;
  readonly database: TestDatabase;
  readonly nest: NestExpressApplication;
  /** A bearer token of the admin. */
  readonly token: string;
  close(): Promise<void>;
}

export interface TestAppOptions {
  /** Variables of the wire contract. */
  readonly env?: Environment;
  readonly limits?: Partial<Limits>;
  /** The keys of tokens, where a test is about them. */
  readonly jwt?: AppConfig['jwt'];
  /** Shared with another app; made and dropped by this one otherwise. */
  readonly database?: TestDatabase;
  readonly firmwareStore?: string;
  /** Built files of the console; those of the last build otherwise. */
  readonly consoleFolder?: string;
  /** Beside those of the server. */
  readonly modules?: readonly Type[];
}

export async function startTestApp(options: TestAppOptions = {}): Promise<TestApp> {
  const folder = await mkdtemp(join(tmpdir(), 'ota-test-app-'));
  const database = options.database ?? (await createTestDatabase());
  const config = testConfig(folder, options);
  const nest = await createApp(config, database.url, options.modules);
  await nest.listen(0, '127.0.0.1');
  await completeStart(nest);
  const { port } = nest.getHttpServer().address() as AddressInfo;
  const url = `${config.tls ? 'https' : 'http'}://127.0.0.1:${port}`;
  return {
    url,
    config,
    database,
    nest,
    token: config.tls || config.requireHttps ? '' : await logIn(url),
    close: async () => {
      nest.getHttpServer().closeAllConnections();
      await nest.close();
      if (!options.database) await database.drop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** The same app on another port, around the device lane: as with DEVICE_LANE=off, without another start. */
export async function openAroundTheLane(app: TestApp): Promise<TestApp> {
  const server = createServer(app.nest.getHttpAdapter().getInstance() as RequestListener);
  setTimeouts(server, app.config);
  takeRequests(server, null, app.nest.get(RequestPolicies).log);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    ...app,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

function testConfig(
  folder: string,
  { env, limits, jwt, firmwareStore, consoleFolder }: TestAppOptions,
): AppConfig {
  const errors: string[] = [];
  const config = readEnvironment(
    {
      ADMIN_PASSWORD,
      LOG_LEVEL: 'fatal',
      DATA_DIR: folder,
      FIRMWARE_STORE: firmwareStore ?? folder,
      // Most tests are about other things than images, and publish any bytes.
      REQUIRE_ESP_IMAGE: 'false',
      // Tests are devices that do in a second what others do in a day.
      RATE_LIMIT_DEVICE_PER_MINUTE: '0',
      ...env,
    },
    errors,
  );
  if (errors.length > 0) throw new Error(errors.join('\n'));
  return {
    ...config,
    ...(consoleFolder !== undefined && { console: { folder: consoleFolder } }),
    jwt: jwt ?? { ...config.jwt, secret: config.jwt.secret ?? 'a secret of the tests' },
    limits: { ...DEFAULT_LIMITS, checkInFlushMs: 20, loopRefreshMs: 100, eventLoopLagMs: 60_000, ...limits },
  };
}

async function logIn(url: string): Promise<string> {
  const response = await fetch(`${url}/api/auth/login`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ username: 'admin', password: ADMIN_PASSWORD }),
  });
  const { access_token } = (await response.json()) as { access_token: string };
  return access_token;
}
