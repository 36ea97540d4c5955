import type { Browser } from 'playwright-core';
import { openBrowser, Visitor } from './support/browser.js';
import { ConsoleServer } from './support/console-server.js';

const TYPE = 'scales_bridge';
/** Far to the east, by a quarter of an hour, and far to the west: there it is another day most of the time. */
const ZONES = ['Australia/Eucla', 'Pacific/Honolulu'] as const;

/** @returns an instant as somebody in a zone reads it */
const readIn = (timeZone: string, instant: string): string =>
  plain(
    new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeStyle: 'medium', timeZone }).format(
      new Date(instant),
    ),
  );
/** Browsers put narrow spaces into times. */
const plain = (text: string | null): string => (text ?? '').replace(/\s/g, ' ');

describe('times', () => {
  let server: ConsoleServer;
  let browser: Browser;
  let firmwareId: number;

  beforeAll(async () => {
    [server, browser] = await Promise.all([ConsoleServer.start(), openBrowser()]);
    firmwareId = await server.publish(TYPE, '1.0.0');
    const device = { device_id: 700_000_001, device_type: TYPE };
    await server.client.check({ ...device, current_version: '0.9.0' });
    for (const status of ['downloading', 'installing', 'success'])
      await server.client.report({ device_id: device.device_id, firmware_id: firmwareId, status });
    await server.client.check({ ...device, current_version: '1.0.0' });
    await server.knows(1);
  });
  afterAll(async () => {
    await browser.close();
    await server.stop();
  });

  it.each(ZONES)('are those of whoever looks, and say of which zone: %s', async (timeZone) => {
    const { created_at } = (await server.admin('GET', `/firmware/${firmwareId}`)) as { created_at: string };
    const visitor = await Visitor.open(server, browser, { timeZone });
    await visitor.logIn(`/releases/${firmwareId}`);
    const published = visitor.page.locator(`time[datetime="${created_at}"]`).first();
    await published.waitFor();
    expect(plain(await published.textContent())).toBe(readIn(timeZone, created_at));
    expect(await published.getAttribute('title')).toBe(timeZone);

    await visitor.goTo('/releases');
    const ago = visitor.page.locator(`time[datetime="${created_at}"]`).first();
    expect(plain(await ago.textContent())).toMatch(/^(now|\d+[sm] ago)$/);
    expect(plain(await ago.getAttribute('title'))).toBe(`${readIn(timeZone, created_at)} (${timeZone})`);
    expect(visitor.faults).toEqual([]);
    await visitor.close();
  });

  it.each(ZONES)('count days as the server does, and say so: %s', async (timeZone) => {
    const { by_day } = (await server.admin('GET', '/devices/summary')) as {
      by_day: readonly { day: string; updated: number }[];
    };
    const { day } = by_day.find(({ updated }) => updated > 0)!;
    const named = new Intl.DateTimeFormat('en', { month: 'short', day: 'numeric', timeZone: 'UTC' });
    const visitor = await Visitor.open(server, browser, { timeZone });
    await visitor.logIn('/');
    const panel = visitor.page.locator('section').filter({ hasText: 'Last updated, by day' });
    await panel.getByText('UTC', { exact: true }).waitFor();
    await panel
      .locator('title', { hasText: `${named.format(new Date(day))}: 1 device` })
      .waitFor({ state: 'attached' });
    await visitor.close();
  });

  it('are entered by the own clock, and mean the same instant everywhere', async () => {
    const [here, there] = ZONES;
    const starts = '2031-03-09T17:45:00.000Z';
    const maker = await Visitor.open(server, browser, { timeZone: here });
    const { page } = maker;
    await maker.logIn(`/rollouts/new?release=${firmwareId}`);
    await page.getByText(`Of your own clock, ${here}.`).waitFor();
    await page.getByLabel('Not before').fill('2031-03-10T02:30');
    await page.getByRole('button', { name: 'Schedule the rollout' }).click();
    await page.waitForURL(/\/rollouts\/\d+$/);
    const path = new URL(page.url()).pathname;
    const id = Number(path.split('/').at(-1));
    expect((await server.admin('GET', `/rollouts/${id}`)) as object).toMatchObject({
      state: 'scheduled',
      starts_at: starts,
    });

    const reader = await Visitor.open(server, browser, { timeZone: there });
    await reader.logIn(path);
    for (const [visitor, zone] of [
      [maker, here],
      [reader, there],
    ] as const) {
      const time = visitor.page.locator(`time[datetime="${starts}"]`).nth(1);
      await time.waitFor();
      expect(plain(await time.textContent())).toBe(readIn(zone, starts));
      await visitor.close();
    }
    expect(readIn(here, starts)).toContain('Mar 10, 2031, 2:30:00 AM');
    expect(readIn(there, starts)).toContain('Mar 9, 2031, 7:45:00 AM');
  });
});
