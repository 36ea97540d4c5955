import type { Browser } from 'playwright-core';
import { eventually } from '../support/http-client.js';
import { openBrowser, Visitor } from './support/browser.js';
import { ConsoleServer } from './support/console-server.js';
import { atEachSize, expectReadable } from './support/readable.js';

const TYPE = 'scales_bridge';

describe('the fleet', () => {
  let server: ConsoleServer;
  let browser: Browser;
  let visitor: Visitor;

  beforeAll(async () => {
    server = await ConsoleServer.start();
    browser = await openBrowser();
    visitor = await Visitor.open(server, browser);
    await visitor.logIn('/');
  });
  afterAll(async () => {
    await browser.close();
    await server.stop();
  });

  it('leads through the first minute, and sees by itself what was done', async () => {
    const { page } = visitor;
    await page.getByText('Connect a device').waitFor();
    await page.getByText('OTA_CLIENT_CONFIG_DEFAULT()').waitFor();
    await visitor.picture('first-minute');
    // As it is printed there, word for word, but for the number and the time.
    const printed = (await page.getByText('npx ota simulate').textContent()) ?? '';
    expect(printed).toContain(`--server ${server.url}`);
    server.simulate({
      devices: 40,
      'device-type': TYPE,
      from: '1.0.0',
      interval: '1s',
      reboot: '300ms',
      duration: '10m',
    });
    await page.getByText('40 devices connected').waitFor();
    await page.getByText('Drop the first image').waitFor();
  });

  it('shows what arrives: numbers that are links, versions, releases', async () => {
    const { page } = visitor;
    await server.publish(TYPE, '1.1.0');
    await page.getByRole('link', { name: /^1\.1\.0 build 1/ }).waitFor();
    await page.getByRole('link', { name: 'Up to date 40 100 % of the fleet' }).waitFor();
    await page.getByRole('img', { name: `${TYPE}: 1.1.0 on 40 devices` }).waitFor();
    await visitor.picture('fleet-light');
    const up = page.getByRole('link', { name: /^Up to date/ });
    expect(await up.getAttribute('href')).toBe('/devices?q=status:up_to_date');
    expect(visitor.faults).toEqual([]);
  });

  it('puts first what needs somebody', async () => {
    const { page } = visitor;
    const [{ id }] = (await server.admin('GET', '/firmware')) as [{ id: number }];
    await server.publish(TYPE, '1.0.0', { is_stable: false, build_number: 2 });
    const [device] = (await server.admin('GET', '/devices?limit=1')) as [{ device_id: number }];
    await server.admin('POST', `/devices/${device.device_id}/block`);
    await page.getByRole('link', { name: '1 device is blocked' }).waitFor();
    expect(id).toBeGreaterThan(0);
  });

  it.each(['light', 'dark'] as const)('can be read by everybody: %s', async (theme) => {
    await atEachSize([server, browser], theme, async (other, look) => {
      await other.logIn('/');
      await other.page.getByText('Versions in the field').waitFor();
      await expectReadable(other, 'fleet', look);
    });
  });

  it('holds one stream for nine tabs, which all move by themselves', async () => {
    const others = await Promise.all(
      Array.from({ length: 8 }, async () => {
        const page = await visitor.context.newPage();
        await page.goto('/');
        await visitor.isIn(page);
        return page;
      }),
    );
    const tabs = [visitor.page, ...others];
    const seesAll = (name: RegExp) =>
      Promise.all(tabs.map((page) => page.getByRole('link', { name }).waitFor()));
    await expectStreams(1);
    await server.publish(TYPE, '1.1.0', { build_number: 7, is_stable: false });
    await seesAll(/^1\.1\.0 build 7/);

    // The tab that reads the stream is closed: another one takes over.
    await tabs.shift()!.close();
    await server.publish(TYPE, '1.1.0', { build_number: 8, is_stable: false });
    await seesAll(/^1\.1\.0 build 8/);
    await expectStreams(1);
    // What a busy server refuses is asked for again.
    expect(visitor.faults.filter((fault) => !fault.includes('503'))).toEqual([]);
    await Promise.all(tabs.slice(1).map((page) => page.close()));
  });

  it('misses nothing while a tab takes over that has heard of no event yet', async () => {
    const other = await Visitor.open(server, browser);
    await other.logIn('/');
    const second = await other.context.newPage();
    await second.goto('/');
    await other.isIn(second);
    await Promise.all([
      other.page.close(),
      server.publish(TYPE, '1.1.0', { build_number: 9, is_stable: false }),
    ]);
    await second.getByRole('link', { name: /^1\.1\.0 build 9/ }).waitFor();
    await other.close();
  });

  it('says that it reconnects when the server restarts, and has missed nothing then', async () => {
    const [page] = visitor.context.pages();
    const reconnecting = page!.getByText('Reconnecting…').waitFor();
    await server.restart();
    await server.publish(TYPE, '1.1.0', { build_number: 10, is_stable: false });
    await reconnecting;
    await page!.getByText('Live', { exact: true }).waitFor();
    await page!.getByRole('link', { name: /^1\.1\.0 build 10/ }).waitFor();
  });

  /** As the server counts them, in its metrics. */
  const expectStreams = (expected: number): Promise<void> =>
    eventually(async () => {
      const metrics = await (await fetch(`${server.url}/metrics`)).text();
      expect(/^ota_event_streams\S* (\d+)$/m.exec(metrics)?.[1]).toBe(String(expected));
    });
});
