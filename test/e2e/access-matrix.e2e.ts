import { accessMatrix, type MatrixRow } from '../support/access-matrix.js';
import { PATIENCE } from '../support/patience.js';
import { LANES_OF_RUN, startTestApp, type TestApp } from '../support/test-app.js';

describe.each(LANES_OF_RUN)('every operation with every kind of credentials, %s', (_way, env) => {
  let app: TestApp;
  let rows: MatrixRow[];

  beforeAll(async () => {
    app = await startTestApp({ env: { ...env, DEVICE_AUTH: 'required' } });
    // About a thousand requests, one after the other.
    rows = await accessMatrix(app);
  }, 60_000 * PATIENCE);
  afterAll(() => app.close());

  it('lets in who belongs there, and nobody else', () => {
    expect(rows.length).toBeGreaterThan(22);
    expect(rows.reduce((sum, { tried }) => sum + tried, 0)).toBeGreaterThan(1_000);
    expect(rows.flatMap(({ faults }) => faults)).toEqual([]);
  });
});
