import { mkdtempSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { anEspImage } from '../support/esp-image-builder.js';
import { removeFolder } from '../support/server-process.js';
import { openBrowser, SIZES, Visitor, type Looks } from './support/browser.js';
import { ConsoleServer } from './support/console-server.js';
import { setPictureStage, type PictureStage } from './support/picture-stage.js';

/** Of the documentation; all others are for whoever looks at each page in each look. */
const KEPT = 'docs/pictures';
const ALL = join(tmpdir(), 'ota-console-pictures', 'all');

type Look = 'light' | 'dark' | 'phone';
const LOOKS: Readonly<Record<Look, Looks>> = {
  light: { theme: 'light' },
  dark: { theme: 'dark' },
  phone: { theme: 'dark', size: 'phone' },
};

interface Shot {
  readonly name: string;
  readonly path: string;
  /** In which looks it is part of the documentation. */
  readonly kept?: readonly Look[];
  /** What is done before. */
  readonly before?: (page: Page) => Promise<void>;
}

const shotsOf = (stage: PictureStage): readonly Shot[] => [
  { name: 'fleet', path: '/', kept: ['light'] },
  { name: 'devices', path: '/devices', kept: ['light', 'phone'] },
  { name: 'device', path: `/devices/${stage.deviceId}`, kept: ['dark'] },
  { name: 'releases', path: '/releases', kept: ['light'] },
  { name: 'release', path: `/releases/${stage.releaseId}`, kept: ['light'] },
  { name: 'release-dropped', path: '/releases', kept: ['light'], before: dropImage },
  { name: 'rollouts', path: '/rollouts', kept: ['light'] },
  { name: 'rollout-running', path: `/rollouts/${stage.runningId}`, kept: ['dark'] },
  { name: 'rollout-halted', path: `/rollouts/${stage.haltedId}`, kept: ['light', 'phone'] },
  { name: 'rollout-new', path: `/rollouts/new?release=${stage.draftId}`, kept: ['light'] },
  { name: 'groups', path: `/groups?id=${stage.groupId}`, kept: ['light'] },
  { name: 'activity', path: '/activity', kept: ['light'] },
  { name: 'audit', path: '/audit', kept: ['light'] },
  ...['me', 'tokens', 'users', 'enrollment-keys', 'webhooks', 'server'].map((section) => ({
    name: `settings-${section}`,
    path: `/settings/${section}`,
    ...(section === 'users' && { kept: ['light'] as const }),
  })),
  { name: 'palette', path: '/', kept: ['dark'], before: (page) => find(page, '1.4') },
  { name: 'command', path: `/rollouts/${stage.runningId}`, before: openCommand },
  { name: 'abort', path: `/rollouts/${stage.runningId}`, before: (page) => press(page, 'Abort…') },
  { name: 'keys', path: '/devices', before: openKeys },
  { name: 'bulk', path: '/devices?q=attr.site:riga', before: (page) => press(page, /^Select all/) },
  { name: 'filter-fault', path: '/devices?q=version:<abc' },
  { name: 'no-page', path: '/nowhere' },
];

/** `npm run console:pictures`: a picture of every page, in light, dark and on a phone. */
describe('the console', () => {
  it('is pictured', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'ota-pictures-'));
    const server = await ConsoleServer.start({ DATA_DIR: dataDir });
    const browser = await openBrowser();
    try {
      await take(server, browser, 'light', [
        { name: 'first-minute', path: '/', kept: ['light'] },
        { name: 'no-releases', path: '/releases' },
        { name: 'no-rollouts', path: '/rollouts' },
        { name: 'no-devices', path: '/devices' },
        { name: 'no-groups', path: '/groups' },
      ]);
      const shots = shotsOf(await setPictureStage(server, dataDir));
      for (const look of Object.keys(LOOKS) as Look[]) await take(server, browser, look, shots);
    } finally {
      await browser.close();
      await server.stop();
      await removeFolder(dataDir);
    }
    process.stdout.write(`${KEPT} has what the documentation shows, ${ALL} every page in every look.\n`);
  }, 1_800_000);
});

async function take(
  server: ConsoleServer,
  browser: Browser,
  look: Look,
  shots: readonly Shot[],
): Promise<void> {
  const visitor = await Visitor.open(server, browser, LOOKS[look]);
  const { page } = visitor;
  await page.goto('/');
  await page.getByLabel('User name').waitFor();
  await picture(page, 'login', look, look === 'light' ? [] : ['dark']);
  await visitor.logIn('/');
  for (const { name, path, kept = [], before } of shots) {
    await page.goto(path);
    await visitor.isIn();
    await loaded(page);
    await before?.(page);
    await picture(page, name, look, kept);
    if (before) await page.keyboard.press('Escape');
    else await whole(page, `${name}-${look}`, LOOKS[look]);
  }
  const faults = visitor.faults.filter((fault) => !/40\d/.test(fault));
  if (faults.length > 0) process.stdout.write(`${look}: ${faults.join('\n')}\n`);
  await visitor.close();
}

/** Nothing is being loaded for the first time. The stream of events is never done, so that the network says nothing. */
async function loaded(page: Page): Promise<void> {
  await page.waitForTimeout(SETTLES_MS);
  await page.waitForFunction(() => document.querySelector('[aria-label="Loading"]') === null);
  await page.waitForTimeout(SETTLES_MS);
}
const SETTLES_MS = 400;

async function picture(page: Page, name: string, look: Look, kept: readonly Look[]): Promise<void> {
  for (const folder of [ALL, ...(kept.includes(look) ? [KEPT] : [])]) {
    await mkdir(folder, { recursive: true });
    await page.screenshot({ path: join(folder, `${name}-${look}.png`), animations: 'disabled' });
  }
}

/** What one sees only by scrolling. */
async function whole(page: Page, name: string, { size = 'desk' }: Looks): Promise<void> {
  const hidden = await page.evaluate(() => {
    const main = document.querySelector('main');
    return main ? main.scrollHeight - main.clientHeight : 0;
  });
  if (hidden <= 0) return;
  const { width, height } = SIZES[size];
  await page.setViewportSize({ width, height: height + hidden });
  await page.screenshot({ path: join(ALL, `${name}-whole.png`), animations: 'disabled' });
  await page.setViewportSize({ width, height });
}

async function dropImage(page: Page): Promise<void> {
  const image = anEspImage()
    .chip(0x12)
    .project('scales_bridge_tab5')
    .version('1.5.0')
    .chipRevisions(0, 199)
    .size(520_000)
    .seed('1.5.0');
  await page.locator('input[type=file]').setInputFiles({
    name: 'scales_bridge_tab5.bin',
    mimeType: 'application/octet-stream',
    buffer: image.build(),
  });
  await page.getByRole('button', { name: /^Publish/ }).waitFor();
}

async function find(page: Page, text: string): Promise<void> {
  await page.keyboard.press('Control+k');
  await page.getByRole('combobox').fill(text);
  await page.getByRole('option').first().waitFor();
}

async function openKeys(page: Page): Promise<void> {
  await page.keyboard.press('?');
  await page.getByRole('dialog').waitFor();
}

async function openCommand(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'The same as a command' }).first().click();
  await page.getByText('asks for your password once').waitFor();
}

async function press(page: Page, name: string | RegExp): Promise<void> {
  await page.getByRole('button', { name }).first().click();
  await page.waitForTimeout(SETTLES_MS);
}
