import { Client, someBytes } from '../support/http-client.js';
import { exchange as exchangeRaw } from '../support/raw-http.js';
import { normalised, summaryOf, surfaceRequests } from '../support/surface-requests.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { openAroundTheLane, startTestApp, type TestApp } from '../support/test-app.js';

/** The whole answer as it came, but for what differs each time. */
const exchange = async (app: TestApp, request: Buffer): Promise<string> =>
  normalised(await exchangeRaw(app, request));

/** Answered over plain HTTP, too. */
const IS_HEALTH = /^(?:GET|HEAD|POST) \/health[ /]/;

describe('the HTTP surface', () => {
  const names = surfaceRequests('no token').map(([name], index) => [name, index] as const);
  let database: TestDatabase;
  let through: TestApp;
  let around: TestApp;
  let https: TestApp;
  let httpsAround: TestApp;
  let requests: ReturnType<typeof surfaceRequests>;

  beforeAll(async () => {
    database = await createTestDatabase();
    through = await startTestApp({ database });
    requests = surfaceRequests(through.token);
    const shared = { database, firmwareStore: through.config.firmwareStore };
    await new Client(through).publish(someBytes(100), { version: '2.0.0' });
    around = await openAroundTheLane(through);
    https = await startTestApp({ ...shared, env: { REQUIRE_HTTPS: 'true' } });
    httpsAround = await openAroundTheLane(https);
    // The catalog of `through` hears of the release by a notification.
    await new Promise((resolve) => setTimeout(resolve, 200));
  });
  afterAll(async () => {
    for (const app of [around, through, httpsAround, https]) await app.close();
    await database.drop();
  });

  it.each(names)(
    'answers %s as its URL space says, the same through the device lane and around it',
    async (name, index) => {
      const [, request, summary] = requests[index]!;
      const answer = await exchange(through, request);
      expect(summaryOf(answer)).toBe(summary);
      // Their values differ from process to process.
      if (name !== 'the metrics') expect(await exchange(around, request)).toBe(answer);
    },
  );

  it.each(names)(
    'answers %s over plain HTTP only when it is about the health, where HTTPS is required',
    async (_name, index) => {
      const [, request, summary] = requests[index]!;
      const answer = await exchange(https, request);
      const isAnswered = IS_HEALTH.test(request.toString()) || !request.includes('Host: x');
      // The answer to HEAD has no code.
      const refusal = request.toString().startsWith('HEAD')
        ? '400 application/problem+json'
        : '400 HTTPS_REQUIRED';
      expect(summaryOf(answer)).toBe(isAnswered ? summary : refusal);
      expect(await exchange(httpsAround, request)).toBe(answer);
    },
  );
});
