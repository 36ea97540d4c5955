import type { Browser } from 'playwright-core';
import { openBrowser, Visitor } from './support/browser.js';
import { ConsoleServer } from './support/console-server.js';
import { setStage, type Stage } from './support/stage.js';

describe('the palette', () => {
  let server: ConsoleServer;
  let browser: Browser;
  let visitor: Visitor;
  let stage: Stage;

  beforeAll(async () => {
    server = await ConsoleServer.start();
    browser = await openBrowser();
    stage = await setStage(server);
    visitor = await Visitor.open(server, browser);
    await visitor.logIn('/');
  });
  afterAll(async () => {
    await browser.close();
    await server.stop();
  });
  const field = () => visitor.page.getByRole('combobox', { name: 'A device, a version, a command' });
  const ask = async (text: string) => {
    await visitor.page.keyboard.press('Control+k');
    await field().fill(text);
  };

  it.each([
    ['a MAC address', () => '24:6f:28:00:00:00', () => `/devices/${stage.deviceId}`],
    ['an id', () => String(stage.deviceId), () => `/devices/${stage.deviceId}`],
    ['the last digits of its label', () => '0000', () => `/devices/${stage.deviceId}`],
    ['a version', () => '1.1.0', () => `/releases/${stage.firmwareId}`],
    ['a rollout', () => `rollout ${stage.rolloutId}`, () => `/rollouts/${stage.rolloutId}`],
  ])('finds %s and goes there', async (_what, text, path) => {
    await ask(text());
    await expectFirst(path());
  });

  it('goes, does, and is closed by Escape', async () => {
    const { page } = visitor;
    await ask('audit');
    await page.keyboard.press('Enter');
    await page.waitForURL('**/audit');
    const theme = () => page.evaluate(() => document.documentElement.dataset['theme']);
    const before = await theme();
    await ask('light and dark');
    await page.keyboard.press('Enter');
    await field().waitFor({ state: 'detached' });
    expect(await theme()).not.toBe(before);
    await page.keyboard.press('Control+k');
    await page.getByRole('option', { name: /^Fleet/ }).waitFor();
    await visitor.picture('palette');
    expect(await visitor.inaccessible()).toEqual([]);
    await page.keyboard.press('Escape');
    await field().waitFor({ state: 'detached' });
    await page.keyboard.press('g');
    await page.keyboard.press('d');
    await page.waitForURL('**/devices');
    expect(visitor.faults).toEqual([]);
  });

  /** Presses Enter at once, which waits for the answer of the server, and looks where it leads. */
  async function expectFirst(path: string): Promise<void> {
    const { page } = visitor;
    await page.keyboard.press('Enter');
    await field().waitFor({ state: 'detached' });
    await page.waitForURL(`**${path}`);
  }
});
