import type { Browser } from 'playwright-core';
import { openBrowser, Visitor, type Looks } from './support/browser.js';
import { ConsoleServer } from './support/console-server.js';
import { setStage, type Stage } from './support/stage.js';

/** By their names in docs/pictures. */
const pagesOf = ({ deviceId, firmwareId, rolloutId }: Stage): Readonly<Record<string, string>> => ({
  'every/fleet': '/',
  'every/devices': '/devices',
  'every/device': `/devices/${deviceId}`,
  'every/releases': '/releases',
  'every/release': `/releases/${firmwareId}`,
  'every/rollouts': '/rollouts',
  'every/rollout': `/rollouts/${rolloutId}`,
  'every/new-rollout': '/rollouts/new',
  'every/groups': '/groups',
  'every/activity': '/activity',
  'every/audit': '/audit',
  'every/settings-me': '/settings/me',
  'every/settings-users': '/settings/users',
  'every/settings-tokens': '/settings/tokens',
  'every/settings-server': '/settings/server',
});

const LOOKS: readonly Looks[] = [{ theme: 'light' }, { theme: 'dark' }, { theme: 'dark', size: 'phone' }];
/** Chromium counts more for charts and long lists than a person sees. */
const MOST_NODES = 1_500;

describe('every page', () => {
  let server: ConsoleServer;
  let browser: Browser;
  let stage: Stage;

  beforeAll(async () => {
    server = await ConsoleServer.start();
    browser = await openBrowser();
    stage = await setStage(server);
  });
  afterAll(async () => {
    await browser.close();
    await server.stop();
  });

  it.each(LOOKS)('is accessible, quiet, narrow and small, whatever devices are called: %j', async (looks) => {
    const visitor = await Visitor.open(server, browser, looks);
    const alerts: string[] = [];
    visitor.page.on('dialog', (dialog) => {
      alerts.push(dialog.message());
      void dialog.dismiss();
    });
    await visitor.logIn('/');
    const found: Record<string, readonly string[]> = {};
    for (const [name, path] of Object.entries(pagesOf(stage))) {
      await visitor.goTo(path);
      await visitor.picture(`${name}-${looks.size ?? 'desk'}-${looks.theme}`);
      const nodes = await visitor.page.evaluate(() => document.querySelectorAll('*').length);
      const faults = [
        ...(await visitor.inaccessible()),
        ...((await visitor.overflow()) > 0 ? ['It is wider than the window.'] : []),
        ...(nodes > MOST_NODES ? [`It has ${nodes} nodes.`] : []),
        ...visitor.faults.splice(0),
      ];
      if (faults.length > 0) found[path] = faults;
    }
    expect(found).toEqual({});
    expect(alerts).toEqual([]);
    await visitor.close();
  });

  it('shows where the keyboard is', async () => {
    const visitor = await Visitor.open(server, browser, { theme: 'dark' });
    await visitor.logIn('/');
    const found: Record<string, readonly string[]> = {};
    for (const path of Object.values(pagesOf(stage))) {
      await visitor.goTo(path);
      await visitor.page.evaluate(() => {
        if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
      });
      const ringless = await visitor.withoutRing();
      if (ringless.length > 0) found[path] = ringless;
    }
    expect(found).toEqual({});
    await visitor.close();
  });
});
