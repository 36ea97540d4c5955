import { jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { misplaced, TYPED } from '../chaos/hygiene/misplaced.js';
import { Client, someBytes } from '../support/http-client.js';
import { LANES_OF_RUN, startTestApp, type TestApp } from '../support/test-app.js';

const LEVELS = ['log', 'warn', 'error', 'debug', 'verbose', 'fatal'] as const;

/** `npm run test:chaos` searches the logs of all its servers. */
describe.each(LANES_OF_RUN)('a secret in a wrong place, %s', (_way, env) => {
  const lines: string[] = [];
  let app: TestApp;

  beforeAll(async () => {
    const keep = (...all: unknown[]): void => void lines.push(all.map(String).join(' '));
    for (const level of LEVELS) jest.spyOn(Logger.prototype, level).mockImplementation(keep);
    const logging = { LOG_LEVEL: 'info', OTA_DOWNLOAD_SECRET: 'a download secret' };
    app = await startTestApp({ env: { ...env, ...logging } });
  });
  afterAll(async () => {
    jest.restoreAllMocks();
    await app.close();
  });

  it('stands in no line of the log and in no answer', async () => {
    const client = new Client(app);
    const { body: release } = await client.publish(someBytes(100), { version: '2.0.0' });
    const path = String((await client.check()).body.download_url);
    const requests = misplaced(app.token, path, release.id);
    for (const { method, path, ...sending } of requests) {
      lines.push((await client.send(method, path, sending)).bytes.toString());
    }
    const signature = new URLSearchParams(path.split('?')[1]).get('sig') ?? 'none';
    const found = lines.filter((line) =>
      [TYPED, app.token, signature].some((secret) => line.includes(secret)),
    );
    expect(found).toEqual([]);
    expect(lines.length).toBeGreaterThan(2 * requests.length);
  });
});
