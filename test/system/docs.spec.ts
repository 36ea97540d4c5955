import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OtaProcess } from '../support/run-ota.js';
import { ADMIN_PASSWORD, startTestApp, type TestApp } from '../support/test-app.js';

const PAGES = ['README.md', ...readdirSync('docs').map((name) => `docs/${name}`)].filter((name) =>
  name.endsWith('.md'),
);

/** The blocks of a page that are marked as ```sh runnable, in their order, as one script. */
const runnable = (page: string): string =>
  [...readFileSync(page, 'utf8').matchAll(/^```sh runnable\n([^]*?)^```$/gm)]
    .map(([, block]) => block)
    .join('\n');

describe('the examples of the guides', () => {
  let app: TestApp;
  let home: string;

  beforeEach(async () => {
    app = await startTestApp();
    home = mkdtempSync(join(tmpdir(), 'ota-test-docs-'));
  });
  afterEach(async () => {
    rmSync(home, { recursive: true });
    await app.close();
  });

  const walks = PAGES.filter((page) => runnable(page) !== '');

  it.each(walks)(
    'of %s work as pasted',
    async (page) => {
      const script = join(home, 'pasted.sh');
      writeFileSync(script, runnable(page));
      const pasted = new OtaProcess('bash', ['-euxo', 'pipefail', script], {
        HOME: home,
        OTA_SERVER: app.url,
        OTA_TOKEN: app.token,
      });
      pasted.type(`${ADMIN_PASSWORD}\n`);
      const { code, stdout, stderr } = await pasted.outcome;
      if (code !== 0) throw new Error(`Exit code ${String(code)}:\n${stdout}\n${stderr}`);
      const published = await app.database.query('SELECT 1 FROM firmware');
      expect(published.length).toBeGreaterThan(0);
    },
    300_000,
  );

  it('are in the README, the server guide and the guide for pipelines', () => {
    expect(walks).toEqual(expect.arrayContaining(['README.md', 'docs/server-guide.md', 'docs/ci-guide.md']));
  });
});
