import type { Browser, Page } from 'playwright-core';
import { eventually } from '../support/http-client.js';
import { openBrowser, Visitor } from './support/browser.js';
import { ConsoleServer } from './support/console-server.js';
import { expectReadable } from './support/readable.js';

const RIGA = 45;
const FLEET = 360;
const FIRST_ID = 0x246f28000010;
/** What people and devices may write. */
const HOSTILE = [
  ['html', '<img src=x onerror=alert(1)><script>alert(2)</script>'],
  ['right to left', 'جهاز ميونيخ (7)'],
  // A name has no characters that nobody sees, which join some of them.
  ['emoji', '🛰 Dach 🔧🇱🇻'],
  ['long', 'W'.repeat(100)],
] as const;

describe('the devices', () => {
  let server: ConsoleServer;
  let browser: Browser;
  let visitor: Visitor;
  let page: Page;

  beforeAll(async () => {
    [server, browser] = await Promise.all([ConsoleServer.start(), openBrowser()]);
    for (let n = 0; n < FLEET; n++) {
      await server.client.check({
        device_id: FIRST_ID + n,
        device_type: n % 2 ? 'scales_bridge' : 'demo_sensor',
        current_version: '0.9.0',
        current_build: 1,
        attributes: { site: n < RIGA ? 'riga' : 'turku' },
      });
    }
    await server.knows(FLEET);
  });
  afterAll(async () => {
    await browser.close();
    await server.stop();
  });
  beforeEach(async () => {
    visitor = await Visitor.open(server, browser);
    page = visitor.page;
  });
  afterEach(async () => {
    await visitor.close();
  });

  const row = (text: string) => page.getByRole('row').filter({ hasText: text });
  const heading = () => page.locator('header').first();
  const toast = (text: RegExp) => page.getByLabel('Messages').getByText(text);
  const tagged = async (tag: string): Promise<number> =>
    ((await server.admin('GET', `/devices/summary?q=tag:${tag}`)) as { total: number }).total;

  it('gives the list of a link in another browser, of which the end is reached', async () => {
    await visitor.logIn('/devices?q=attr.site:turku&sort=-version');
    await expectTotal(FLEET - RIGA);
    await page.getByRole('table').focus();
    await page.keyboard.press('End');
    await page.locator(`[aria-rowindex="${FLEET - RIGA + 1}"] a`).waitFor();
    expect(await page.locator('*').count()).toBeLessThan(1_500);
    expect(visitor.faults).toEqual([]);
  });

  it('tags exactly those that match, and gives each what it had', async () => {
    const [first, second] = [FIRST_ID, FIRST_ID + 1];
    await server.admin('PATCH', `/devices/${first}`, { tags: ['beta', 'lab'] });
    await server.admin('PATCH', `/devices/${second}`, { tags: ['lab'] });
    await visitor.logIn('/devices?q=attr.site:riga');
    await expectTotal(RIGA);
    await page.getByRole('button', { name: `Select all ${RIGA}` }).click();
    await page.getByText(`${RIGA} selected`).waitFor();
    await page.getByRole('button', { name: 'Tag…', exact: true }).click();
    await page.getByLabel('Tag', { exact: true }).fill('beta');
    await page.keyboard.press('Enter');
    await toast(/^45 devices now have the tag beta\./).waitFor();
    expect(await tagged('beta')).toBe(RIGA);

    await page.getByLabel('Messages').getByRole('button', { name: 'Undo' }).click();
    await eventually(async () => expect(await tagged('beta')).toBe(1));
    const back = (await server.admin('GET', `/devices/${first}`)) as { tags: string[] };
    expect(back.tags).toEqual(['beta', 'lab']);
    expect(visitor.faults).toEqual([]);
  });

  it('takes the keyboard alone: filter, down, select, open', async () => {
    await visitor.logIn('/devices');
    await expectTotal(FLEET);
    await page.keyboard.press('/');
    await page.keyboard.type('24:6f:28:00:00:1');
    await page.keyboard.press('Enter');
    await expectTotal(16);
    await page.keyboard.press('j');
    await page.keyboard.press('x');
    await page.getByText('1 selected').waitFor();
    await page.keyboard.press('Escape');
    await page.getByText('1 selected').waitFor({ state: 'detached' });
    await page.getByRole('table').focus();
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/devices\/\d+$/);
    await page.goBack();
    await expectTotal(16);
    await page.goBack();
    await expectTotal(FLEET);
  });

  it('says where a filter is not understood, in the words of the server', async () => {
    await visitor.logIn('/devices');
    await expectTotal(FLEET);
    await page.getByLabel('Filter').fill('type:x version:<abc');
    const alert = page.getByRole('alert').filter({ hasText: 'At character' });
    await alert.waitFor();
    expect(await alert.textContent()).toContain('At character 16 there is "<abc"');
    expect(await alert.locator('mark').textContent()).toBe('<abc');
    // What was listed stays.
    await row('24:6f:28:00:00:10').waitFor();
    expect(await visitor.inaccessible()).toEqual([]);
    await visitor.picture('devices-fault');
  });

  it('keeps a filter as a group', async () => {
    await visitor.logIn('/devices?q=attr.site:riga+type:demo_sensor');
    await page.getByRole('button', { name: 'Save as group…' }).click();
    await page.getByLabel('Name').fill('Riga sensors');
    await page.keyboard.press('Enter');
    await page.waitForURL(/group=Riga/);
    await expectTotal(Math.ceil(RIGA / 2));
    const groups = (await server.admin('GET', '/groups')) as { filter: string }[];
    expect(groups.map(({ filter }) => filter)).toEqual(['attr.site:riga type:demo_sensor']);
  });

  it('exports all that match', async () => {
    await visitor.logIn('/devices?q=attr.site:riga');
    await expectTotal(RIGA);
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Export CSV' }).click(),
    ]);
    const chunks: Buffer[] = [];
    for await (const chunk of await download.createReadStream()) chunks.push(chunk as Buffer);
    expect(Buffer.concat(chunks).toString().trim().split('\r\n')).toHaveLength(RIGA + 1);
    expect(visitor.faults).toEqual([]);
  });

  it.each(HOSTILE)('shows a name as it is written and nothing else: %s', async (_what, name) => {
    const id = FIRST_ID + 7;
    await server.admin('PATCH', `/devices/${id}`, { name });
    await visitor.logIn(`/devices?q=id:${id}`);
    await row('24:6f:28:00:00:17').waitFor();
    expect(await row('24:6f:28:00:00:17').locator('bdi').first().textContent()).toBe(name);
    expect(await page.locator('main img, main script').count()).toBe(0);
    expect(await visitor.tooWide()).toEqual([]);
    await visitor.goTo(`/devices/${id}`);
    await page.locator('h1').getByText(name, { exact: true }).waitFor();
    expect(await visitor.tooWide()).toEqual([]);
    expect(visitor.faults).toEqual([]);
    await server.admin('PATCH', `/devices/${id}`, { name: null });
  });

  it('shows a viewer nothing that changes devices', async () => {
    const viewer = await server.addUser('viewer');
    await visitor.logIn('/devices?q=attr.site:riga', viewer);
    await expectTotal(RIGA);
    expect(await page.getByRole('button', { name: /Select all|Save as group/ }).count()).toBe(0);
    expect(await page.getByRole('checkbox').count()).toBe(0);
    await visitor.goTo(`/devices/${FIRST_ID}`);
    await page.getByTestId('verdict').waitFor();
    expect(await page.getByRole('button', { name: /Block|Forget|Revoke|Remove/ }).count()).toBe(0);
    expect(await page.locator('main input, main select, main textarea').count()).toBe(0);
    expect(visitor.faults).toEqual([]);
  });

  it.each([
    ['light', 'desk'],
    ['dark', 'desk'],
    ['dark', 'phone'],
  ] as const)('can be read by everybody: %s, %s', async (theme, size) => {
    const other = await Visitor.open(server, browser, { theme, size });
    await other.logIn('/devices');
    await other.isStill();
    await other.page.locator('[role="row"] a').first().waitFor();
    await expectReadable(other, 'devices', { size, theme });
    expect(other.faults).toEqual([]);
    await other.close();
  });

  async function expectTotal(total: number): Promise<void> {
    await heading().getByText(total.toLocaleString('en'), { exact: true }).waitFor();
  }
});
