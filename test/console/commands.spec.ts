import { execFileSync } from 'node:child_process';
import type { Browser, Locator, Page } from 'playwright-core';
import { Ota } from '../support/run-ota.js';
import { openBrowser, Visitor } from './support/browser.js';
import { ConsoleServer } from './support/console-server.js';
import { setStage, type Stage } from './support/stage.js';

/** Nobody answers there: a command that is understood fails with 1, one that is not with 2. */
const NOWHERE = 'http://127.0.0.1:9';
const USAGE_ERROR = 2;

/** Each page, and what opens its dialogs. */
const pagesOf = ({ deviceId, firmwareId, rolloutId }: Stage): readonly (readonly [string, ...RegExp[]])[] => [
  ['/'],
  ['/devices?q=tag:lab', /^Save as group/],
  [`/devices/${deviceId}`, /^Block…/, /^Forget…/],
  ['/releases'],
  [`/releases/${firmwareId}`],
  ['/rollouts'],
  [`/rollouts/${rolloutId}`, /^Abort…/, /^Finish…/, /^Resume anyway…/],
  [`/rollouts/new?release=${firmwareId}`],
  ['/groups?id=1', /^New group/, /^Delete…/],
  ['/activity'],
  ['/audit'],
  ['/settings/me'],
  ['/settings/tokens'],
  ['/settings/users', /^Delete…/],
  ['/settings/enrollment-keys'],
  ['/settings/webhooks', /^Delete…/],
  ['/settings/server'],
];
const BULK = ['Tag…', 'Remove tag…', 'Channel…', 'Block…', 'Unblock…', 'Forget…'] as const;

describe('>_', () => {
  let server: ConsoleServer;
  let browser: Browser;
  let visitor: Visitor;
  let page: Page;
  let stage: Stage;

  beforeAll(async () => {
    server = await ConsoleServer.start();
    browser = await openBrowser();
    stage = await setStage(server);
    await server.addUser('operator');
    await server.admin('POST', '/tokens', { name: 'ci', role: 'operator' });
    await server.admin('POST', '/enrollment-keys', { device_type: 'demo_sensor' });
    await server.admin('POST', '/webhooks', { url: 'https://example.com/ota', events: ['rollout'] });
    visitor = await Visitor.open(server, browser);
    page = visitor.page;
    await visitor.logIn('/');
  });
  afterAll(async () => {
    await browser.close();
    await server.stop();
  });

  it('is on each page and in each dialog, and says only what ota and the API understand', async () => {
    const found = new Map<string, string>();
    const without: string[] = [];
    const collect = async (where: string, within: Page | Locator): Promise<void> => {
      const buttons = within.getByRole('button', { name: 'The same as a command' });
      const number = await buttons.count();
      if (number === 0) without.push(where);
      for (let nth = 0; nth < number; nth++) {
        await buttons.nth(nth).click();
        const popup = page.getByRole('dialog', { name: 'The same as a command' });
        for (const line of await popup.locator('pre').allTextContents()) found.set(line, where);
        await page.keyboard.press('Escape');
        await popup.waitFor({ state: 'detached' });
      }
    };
    const open = async (where: string, button: Locator): Promise<void> => {
      await button.click();
      const dialog = page.getByRole('dialog').first();
      await dialog.waitFor();
      await collect(where, dialog);
      await page.keyboard.press('Escape');
      await dialog.waitFor({ state: 'detached' });
    };
    for (const [path, ...dialogs] of pagesOf(stage)) {
      await visitor.goTo(path);
      await collect(path, page.locator('main'));
      for (const name of dialogs) {
        const button = page.getByRole('button', { name }).first();
        if ((await button.count()) > 0) await open(`${path} ${String(name)}`, button);
      }
    }
    await visitor.goTo('/devices?q=tag:lab');
    await page.getByRole('button', { name: /^Select all/ }).click();
    for (const name of BULK)
      await open(`/devices ${name}`, page.getByRole('button', { name, exact: true }).first());
    expect(without).toEqual([]);

    const ota = new Ota({ OTA_SERVER: NOWHERE, OTA_TOKEN: 'a-token' });
    const wrong: string[] = [];
    for (const [line, where] of found) {
      if (line.startsWith('curl ')) {
        const fault = await faultOfRequest(line);
        if (fault !== null) wrong.push(`${where}: ${line}: ${fault}`);
        continue;
      }
      for (const command of line.split(' | ').filter((part) => part.startsWith('ota '))) {
        // Which would go on asking a server that does not answer.
        const words = wordsOf(command)
          .slice(1)
          .filter((word) => word !== '--follow');
        const { code, stderr } = await ota.run(words);
        if (code === USAGE_ERROR) wrong.push(`${where}: ${command}: ${stderr}`);
      }
    }
    expect(wrong).toEqual([]);
    expect(found.size).toBeGreaterThan(80);
    expect(visitor.faults).toEqual([]);
  }, 400_000);

  /** Only what changes nothing is sent. */
  async function faultOfRequest(line: string): Promise<string | null> {
    const words = wordsOf(line);
    const url = words.at(-1) ?? '';
    if (!url.startsWith(server.url)) return 'it leads elsewhere';
    if (words.includes('-X') || words.includes('-F')) return null;
    const { status } = await fetch(url, { headers: { Authorization: `Bearer ${server.token}` } });
    return status === 200 ? null : `it is answered ${status}`;
  }
});

/** As a shell takes them apart. */
const wordsOf = (line: string): string[] =>
  execFileSync('sh', ['-c', `OTA_TOKEN=t; set -- ${line}; printf '%s\\0' "$@"`])
    .toString()
    .split('\0')
    .slice(0, -1);
