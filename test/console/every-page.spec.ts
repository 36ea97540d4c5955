import { readFileSync } from 'node:fs';
import { Visitor, type SIZES } from './support/browser.js';
import type { Stage } from './support/stage.js';
import { staged } from './support/staged.js';

/** By their names in the pictures. */
const pagesOf = ({ deviceIds, firmwareId, rolloutId, groupId }: Stage): Readonly<Record<string, string>> => ({
  fleet: '/',
  devices: '/devices',
  'device-html': `/devices/${deviceIds[0]}`,
  'device-right-to-left': `/devices/${deviceIds[1]}`,
  'device-long': `/devices/${deviceIds[3]}`,
  'device-word': `/devices/${deviceIds[4]}`,
  'no-device': '/devices/4711',
  releases: '/releases',
  release: `/releases/${firmwareId}`,
  rollouts: '/rollouts',
  rollout: `/rollouts/${rolloutId}`,
  'new-rollout': `/rollouts/new?release=${firmwareId}`,
  groups: '/groups',
  group: `/groups?id=${groupId}`,
  activity: '/activity',
  audit: '/audit',
  'settings-me': '/settings/me',
  'settings-tokens': '/settings/tokens',
  'settings-users': '/settings/users',
  'settings-enrollment-keys': '/settings/enrollment-keys',
  'settings-webhooks': '/settings/webhooks',
  'settings-server': '/settings/server',
  'not-found': '/nowhere',
});

/** Only these rules look at colours: what the others find in the light they find in the dark. */
const RULES_OF_COLOURS = ['color-contrast', 'link-in-text-block'];
/** Chromium counts more for charts and long lists than a person sees. */
const MOST_NODES = 1_500;

describe('every page', () => {
  const on = staged();

  it('is looked at here', () => {
    const paths = Object.values(pagesOf(on.stage)).map((path) => path.replace(/\?.*/, ''));
    const app = readFileSync('web/src/app.tsx', 'utf8');
    const settings = readFileSync('web/src/pages/settings/page.tsx', 'utf8');
    const routes = [...app.matchAll(/path: '(.+)'/g)].map(([, path = '']) => path);
    const [, list = ''] = /SECTIONS[^=]*= \{\n([^;]*)\};/.exec(settings) ?? [];
    const sections = [...list.matchAll(/^ {2}'?([\w-]+)'?: \{/gm)].map(([, name]) => `/settings/${name}`);
    expect(routes.length).toBeGreaterThan(10);
    expect(sections.length).toBeGreaterThan(4);
    const isSeen = (route: string): boolean => {
      const pattern = new RegExp(`^${route.replace(/\$\w+/g, '[^/]+')}$`);
      return paths.some((path) => pattern.test(path));
    };
    // It leads to the first section.
    const unseen = [...routes, ...sections].filter((route) => route !== '/settings' && !isSeen(route));
    expect(unseen).toEqual([]);
  });

  it.each(['desk', 'phone'] as const)(
    'is accessible in the light and in the dark, quiet, narrow and small, whatever things are called: %s',
    async (size) => {
      const visitor = await Visitor.open(on.server, on.browser, { size });
      const alerts: string[] = [];
      visitor.page.on('dialog', (dialog) => {
        alerts.push(dialog.message());
        void dialog.dismiss();
      });
      await visitor.logIn('/');
      const found: Record<string, readonly string[]> = {};
      for (const [name, path] of Object.entries(pagesOf(on.stage))) {
        await visitor.goTo(path);
        const faults = await faultsOf(visitor, name, size);
        if (faults.length > 0) found[path] = faults;
      }
      expect(found).toEqual({});
      expect(alerts).toEqual([]);
      await visitor.close();
    },
  );

  it('can be walked through with the keyboard, and shows where it is', async () => {
    const visitor = await Visitor.open(on.server, on.browser, { theme: 'dark' });
    await visitor.logIn('/');
    const found: Record<string, readonly string[]> = {};
    for (const path of Object.values(pagesOf(on.stage))) {
      await visitor.goTo(path);
      const lost = await visitor.lostKeyboard();
      if (lost.length > 0) found[path] = lost;
    }
    expect(found).toEqual({});
    await visitor.close();
  });
});

async function faultsOf(visitor: Visitor, name: string, size: keyof typeof SIZES): Promise<string[]> {
  await visitor.picture(`every/${name}-${size}-light`);
  const inTheLight = await visitor.inaccessible();
  await visitor.lookIn('dark');
  await visitor.picture(`every/${name}-${size}-dark`);
  const inTheDark = await visitor.inaccessible(...RULES_OF_COLOURS);
  await visitor.lookIn('light');
  const nodes = await visitor.page.evaluate(() => document.querySelectorAll('*').length);
  return [
    ...inTheLight,
    ...inTheDark.map((fault) => `In the dark, ${fault}`),
    ...(await visitor.tooWide()),
    ...(nodes > MOST_NODES ? [`It has ${nodes} nodes.`] : []),
    // What the browser itself writes about a device that is not there is not the page's.
    ...visitor.faults.splice(0).filter((fault) => !(name === 'no-device' && fault.includes('404'))),
  ];
}
