import type { Browser } from 'playwright-core';
import { openBrowser, Visitor } from './support/browser.js';
import { ConsoleServer } from './support/console-server.js';
import { setStage, type Stage } from './support/stage.js';

/** Words on buttons and links that change something. */
const CHANGES =
  /publish|new rollout|new group|pause|resume|abort|approve|start|finish|excuse|\bblock|unblock|accept|reject|delete|forget|purge|withdraw|make stable|add|save|create|update now|revoke|^tag/i;

describe('who may do what', () => {
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

  it('shows a viewer nothing that changes anything, and the API refuses it, too', async () => {
    const viewer = await server.addUser('viewer');
    const visitor = await Visitor.open(server, browser);
    await visitor.logIn('/', viewer);
    const { page } = visitor;
    const found: string[] = [];
    const paths = [
      '/',
      '/devices',
      `/devices/${stage.deviceId}`,
      '/releases',
      `/releases/${stage.firmwareId}`,
    ];
    for (const path of [...paths, '/rollouts', `/rollouts/${stage.rolloutId}`, '/groups', '/activity']) {
      await visitor.goTo(path);
      const names = await page
        .locator('main')
        .getByRole('button')
        .or(page.locator('main').getByRole('link'))
        .allTextContents();
      found.push(...names.filter((name) => CHANGES.test(name)).map((name) => `${path}: ${name}`));
    }
    expect(found).toEqual([]);
    expect(await page.getByRole('link', { name: 'Audit' }).count()).toBe(0);

    await page.keyboard.press('Control+k');
    await page.getByRole('combobox').fill('publish');
    await page.getByText('Nothing is called so.').waitFor();

    const { username, password } = viewer;
    const { body } = await server.client.send('POST', '/api/auth/login', { body: { username, password } });
    const headers = { Authorization: `Bearer ${(body as { access_token: string }).access_token}` };
    const refused = await server.client.send('POST', `/api/ota/admin/rollouts/${stage.rolloutId}/pause`, {
      headers,
    });
    expect([refused.status, refused.body.code]).toEqual([403, 'NOT_ALLOWED']);
    expect(visitor.faults).toEqual([]);
    await visitor.close();
  });

  it('ends in all tabs when the user is disabled elsewhere', async () => {
    const other = await server.addUser('admin', 'second-admin');
    const visitor = await Visitor.open(server, browser);
    await visitor.logIn('/devices', other);
    const second = await visitor.context.newPage();
    await second.goto('/');
    await visitor.isIn(second);
    await server.admin('PATCH', `/users/${other.id}`, { is_active: false });
    await visitor.page.getByLabel('User name').waitFor();
    await second.getByLabel('User name').waitFor();
    await visitor.close();
  });
});
