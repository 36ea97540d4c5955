import type { Browser } from 'playwright-core';
import { openBrowser, Visitor } from './support/browser.js';
import { ADMIN, ConsoleServer } from './support/console-server.js';
import { atEachSize, expectReadable } from './support/readable.js';

describe('logging in', () => {
  let server: ConsoleServer;
  let browser: Browser;
  let visitor: Visitor;

  beforeAll(async () => {
    server = await ConsoleServer.start();
    browser = await openBrowser();
  });
  afterAll(async () => {
    await browser.close();
    await server.stop();
  });
  beforeEach(async () => {
    visitor = await Visitor.open(server, browser);
  });
  afterEach(async () => {
    await visitor.close();
  });

  it('takes the keyboard alone and leads to where one wanted to go, with no token to be found', async () => {
    const { page, context } = visitor;
    const tokens: string[] = [];
    page.on('response', (response) => {
      if (!response.url().includes('/api/auth/session') || response.status() !== 200) return;
      void response.json().then(({ access_token }: { access_token: string }) => tokens.push(access_token));
    });
    await page.goto('/devices?q=status:failed');
    await page.getByLabel('User name').waitFor();
    // The first field has the focus.
    await page.keyboard.type(ADMIN.username);
    await page.keyboard.press('Tab');
    await page.keyboard.type(ADMIN.password);
    await page.keyboard.press('Enter');
    await visitor.isIn();
    expect(page.url()).toBe(`${server.url}/devices?q=status:failed`);

    const kept = await page.evaluate(async () =>
      JSON.stringify([
        document.cookie,
        Object.entries(localStorage),
        Object.entries(sessionStorage),
        await indexedDB.databases(),
        await caches.keys(),
        await navigator.serviceWorker.getRegistrations(),
        history.state,
        window.name,
        location.href,
      ]),
    );
    expect(tokens).toHaveLength(1);
    expect(kept).not.toContain(tokens[0]);
    const [cookie] = await context.cookies(`${server.url}/api/auth/session`);
    expect(cookie).toMatchObject({ name: 'ota_session', httpOnly: true, sameSite: 'Strict' });
    expect(kept).not.toContain(cookie!.value);
    expect(kept).not.toMatch(/eyJ|ota_session/);

    await page.reload();
    await visitor.isIn();
    expect(page.url()).toBe(`${server.url}/devices?q=status:failed`);
    expect(visitor.faults).toEqual([]);
  });

  it('survives that one reloads again before the page is there', async () => {
    await visitor.logIn('/');
    const { page } = visitor;
    for (let time = 0; time < 5; time++) await page.reload({ waitUntil: 'commit' });
    await visitor.isIn();
  });

  it('waits for a server that cannot answer now, and goes on in the same session', async () => {
    const { page } = visitor;
    await visitor.logIn('/groups');
    const refresh = '**/api/auth/session/refresh';
    await page.route(refresh, (route) => route.fulfill({ status: 503, body: '{}' }));
    await page.reload();
    await page.getByText('The server does not answer. Trying again…').waitFor();
    expect(await visitor.inaccessible()).toEqual([]);
    await page.unroute(refresh);
    await visitor.isIn();
    expect(page.url()).toBe(`${server.url}/groups`);
    expect(visitor.faults.filter((fault) => !fault.includes('503'))).toEqual([]);
  });

  it('says in the words of the server what is wrong', async () => {
    const { page } = visitor;
    await page.goto('/');
    await page.getByLabel('User name').fill('admin');
    await page.getByLabel('Password').fill('a guess');
    await page.keyboard.press('Enter');
    expect(await page.getByRole('alert').filter({ hasText: /./ }).textContent()).toBe(
      'The user name or the password is wrong.',
    );
    await visitor.picture('login-refused');
    // What the browser itself writes about a 401 that somebody asked for is not the page's.
    expect(visitor.faults.filter((fault) => !fault.includes('401'))).toEqual([]);
  });

  it.each(['light', 'dark'] as const)('can be read by everybody: %s', async (theme) => {
    await atEachSize([server, browser], theme, async (other, look) => {
      await other.page.goto('/');
      await other.page.getByLabel('User name').waitFor();
      await expectReadable(other, 'login', look);
    });
  });

  it('ends in all tabs at once', async () => {
    await visitor.logIn('/');
    const second = await visitor.context.newPage();
    await second.goto('/devices');
    await visitor.isIn(second);
    await visitor.page.getByRole('button', { name: /^Log out/ }).click();
    await second.getByLabel('User name').waitFor();
    await visitor.page.getByLabel('User name').waitFor();
    await second.reload();
    await second.getByLabel('User name').waitFor();
  });
});
