import { fuzz } from '../support/openapi/fuzz.js';
import { samples } from '../support/samples.js';
import { LANES_OF_RUN, startTestApp, type TestApp } from '../support/test-app.js';

/** `npm run test:chaos` sends 20,000. */
const REQUESTS = samples(500);

describe.each(LANES_OF_RUN)('made-up requests from the OpenAPI document, %s', (_way, env) => {
  let app: TestApp;

  beforeAll(async () => {
    app = await startTestApp({ env, limits: { bodyTimeoutMs: 500 } });
  });
  afterAll(() => app.close());

  it('get answers as the document says them, and nothing from the inside', async () => {
    const seed = Date.now() % 1_000_000;
    const { sent, faults } = await fuzz(app, REQUESTS, seed);
    expect(sent).toBeGreaterThanOrEqual(REQUESTS);
    expect({ seed, faults }).toEqual({ seed, faults: [] });
  });
});
