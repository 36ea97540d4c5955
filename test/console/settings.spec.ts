import type { Browser } from 'playwright-core';
import { openBrowser, Visitor } from './support/browser.js';
import { ConsoleServer } from './support/console-server.js';
import { atEachSize, expectReadable } from './support/readable.js';

const PASSWORD = 'four words of no sentence';
const SECTIONS = ['me', 'tokens', 'users', 'enrollment-keys', 'webhooks', 'server'] as const;

describe('settings and audit', () => {
  let server: ConsoleServer;
  let browser: Browser;
  let visitor: Visitor;

  beforeAll(async () => {
    [server, browser] = await Promise.all([ConsoleServer.start(), openBrowser()]);
    visitor = await Visitor.open(server, browser);
    await visitor.logIn('/settings');
  });
  afterAll(async () => {
    await browser.close();
    await server.stop();
  });

  it('makes a token that is shown once, and revokes it', async () => {
    const { page } = visitor;
    await visitor.goTo('/settings/tokens');
    await page.getByLabel('What it is for').fill('ci');
    await page.getByRole('button', { name: 'Make the token' }).click();
    await page.getByText('The token ci is shown this once: copy it now.').waitFor();
    const token = (await page.locator('[role=status] code').textContent()) ?? '';
    const asIt = (): Promise<Response> =>
      fetch(`${server.url}/api/auth/me`, { headers: { Authorization: `Bearer ${token}` } });
    expect((await asIt()).status).toBe(200);
    await page.getByRole('button', { name: 'Revoke ci' }).click();
    await page.getByText('The token ci is revoked').waitFor();
    expect((await asIt()).status).toBe(401);
  });

  it('creates a user, changes the role with Undo, and deletes the user after asking', async () => {
    const { page } = visitor;
    await visitor.goTo('/settings/users');
    await page.getByLabel('User name').fill('anna');
    await page.getByLabel('First password').fill('short');
    await page.getByRole('button', { name: 'Create the user' }).click();
    await page
      .getByText(/at least 10 characters/i)
      .first()
      .waitFor();
    await page.getByLabel('First password').fill(PASSWORD);
    await page.getByRole('button', { name: 'Create the user' }).click();
    await page.getByText('anna can log in now, as viewer.').waitFor();
    const role = page.getByLabel('Role of anna');
    await role.selectOption('operator');
    await page.getByText('anna is operator now.').waitFor();
    await page.getByRole('button', { name: 'Undo' }).click();
    await page.waitForFunction(
      () => document.querySelector<HTMLSelectElement>('[aria-label="Role of anna"]')?.value === 'viewer',
    );
    await page.getByRole('button', { name: 'Delete…' }).click();
    await page.getByRole('button', { name: 'Delete anna' }).click();
    await page.getByText('anna is deleted.').waitFor();
  });

  it('makes an enrolment key and revokes it', async () => {
    const { page } = visitor;
    await visitor.goTo('/settings/enrollment-keys');
    await page.getByLabel('Device type').fill('demo_sensor');
    await page.getByRole('button', { name: 'Create the key' }).click();
    await page.getByText('The enrolment key of demo_sensor is shown this once: copy it now.').waitFor();
    await page.getByRole('button', { name: /^Revoke otae_/ }).click();
    await page.getByText(/^Nobody can enrol with otae_/).waitFor();
  });

  it('makes a webhook, says what is wrong with an address, and deletes it', async () => {
    const { page } = visitor;
    await visitor.goTo('/settings/webhooks');
    await page.getByLabel('Address').fill('http://127.0.0.1:9/');
    await page.getByRole('button', { name: 'Make the webhook' }).click();
    await page
      .getByText(/WEBHOOK_ALLOW_PRIVATE|private|this machine/i)
      .first()
      .waitFor();
    await page.getByLabel('Address').fill('https://example.com/hooks/ota');
    await page.getByRole('button', { name: 'Make the webhook' }).click();
    await page.getByText('The secret that signs its messages is shown this once: copy it now.').waitFor();
    await page.getByRole('button', { name: 'Turn off' }).click();
    await page.getByText('https://example.com/hooks/ota is not told any more.').waitFor();
  });

  it('shows who did all of this, with before and after, and verifies the chain in the browser', async () => {
    const { page } = visitor;
    await visitor.goTo('/audit');
    await page.getByRole('button', { name: 'user.update' }).first().click();
    await page.waitForURL(/action=user\.update/);
    await page.getByText('role').first().click();
    await page.getByRole('button', { name: 'Verify all rows' }).click();
    await page.getByText(/^verified up to row \d+$/).waitFor();
    // What the browser itself writes about a 400 that somebody asked for is not the page's.
    expect(visitor.faults.filter((fault) => !fault.includes('400'))).toEqual([]);
  });

  it.each(['light', 'dark'] as const)('can be read by everybody: %s', async (theme) => {
    await atEachSize([server, browser], theme, async (other, look) => {
      await other.logIn('/audit');
      for (const path of ['/audit', ...SECTIONS.map((section) => `/settings/${section}`)]) {
        await other.goTo(path);
        await expectReadable(other, path.slice(1).replace('/', '-'), look);
      }
    });
  });

  it('shows a viewer what a viewer may see', async () => {
    await server.admin('POST', '/users', { username: 'vera', password: PASSWORD, role: 'viewer' });
    const vera = await Visitor.open(server, browser);
    await vera.logIn('/settings', { username: 'vera', password: PASSWORD });
    const nav = vera.page.getByRole('navigation', { name: 'Settings' });
    await nav.getByText('API tokens').waitFor();
    expect(await nav.getByRole('link').allTextContents()).toEqual(['Me', 'API tokens', 'Server']);
    await vera.close();
  });
});
