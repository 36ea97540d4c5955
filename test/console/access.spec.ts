import { readFileSync } from 'node:fs';
import type { OpenAPIObject } from '@nestjs/swagger';
import type { Page } from 'playwright-core';
import { operationsOf } from '../support/openapi/operations.js';
import { PATIENCE } from '../support/patience.js';
import { Visitor } from './support/browser.js';
import { staged } from './support/staged.js';

/** What whoever may only look has: it reads, or is their own. All else would change something, whatever it is called. */
const LOOKING =
  /^(button: (The same as a command|Copy.*|Export.*|Show.*|Clear the filter|Switch light and dark|Verify all rows|Older rows|pressed: .*|opens: .*|sorts: .*)|(text|searchbox|select): (Filter|Group|Release))$/;
const OWN: Readonly<Record<string, RegExp>> = {
  '/activity': /^button: Pause$/,
  '/settings/me':
    /^(button: (Log out in this browser|Change the password)|password: (Current password|New password))$/,
  '/settings/tokens': /^(button: Make the token|text: What it is for|select: (Role|Expires))$/,
};

/** Of the requests that are no reading, what a role may ask. */
const VIEWER_MAY = ['POST /tokens', 'DELETE /tokens/{id}', 'POST /rollouts/preview'];
const ADMIN_ONLY =
  /^\w+ (\/users|\/webhooks|\/enrollment-keys|\/audit|\/devices\/tokens|\/devices\/\{device_id\}\/token)|^DELETE \/devices\/\{device_id\}$/;

describe('who may do what', () => {
  const on = staged();

  const pages = (): string[] => [
    '/',
    '/devices',
    '/devices?q=status:failed',
    `/devices/${on.stage.deviceId}`,
    '/releases',
    `/releases/${on.stage.firmwareId}`,
    '/rollouts',
    `/rollouts/${on.stage.rolloutId}`,
    '/rollouts/new',
    '/groups',
    `/groups?id=${on.stage.groupId}`,
    '/activity',
    '/audit',
    '/settings/me',
    '/settings/tokens',
    '/settings/users',
    '/settings/enrollment-keys',
    '/settings/webhooks',
    '/settings/server',
  ];

  it('shows a viewer nothing that changes anything', async () => {
    const visitor = await Visitor.open(on.server, on.browser);
    await visitor.logIn('/', await on.server.addUser('viewer'));
    const { page } = visitor;
    const found: string[] = [];
    for (const path of pages()) {
      await visitor.goTo(path);
      const controls = await controlsOf(page);
      const more = controls.filter((name) => !LOOKING.test(name) && OWN[path]?.test(name) !== true);
      found.push(...more.map((name) => `${path}: ${name}`));
    }
    expect(found).toEqual([]);
    expect(await page.getByRole('link', { name: 'Audit' }).count()).toBe(0);

    for (const wish of ['publish', 'new rollout', 'audit']) {
      await page.keyboard.press('Control+k');
      await page.getByRole('combobox').fill(wish);
      await page.getByText('Nothing is called so.').waitFor();
      await page.keyboard.press('Escape');
      await page.getByRole('combobox').waitFor({ state: 'detached' });
    }
    // Nothing is asked that is refused, either.
    expect(visitor.faults).toEqual([]);
    await visitor.close();
  });

  it('shows an admin all of it, which a viewer is not shown', async () => {
    const visitor = await Visitor.open(on.server, on.browser);
    await visitor.logIn('/');
    for (const path of ['/devices', `/devices/${on.stage.deviceId}`, '/rollouts', '/settings/users']) {
      await visitor.goTo(path);
      const controls = await controlsOf(visitor.page);
      expect(controls.filter((name) => !LOOKING.test(name))).not.toEqual([]);
    }
    await visitor.close();
  });

  it('shows an operator nothing that takes an admin', async () => {
    const visitor = await Visitor.open(on.server, on.browser);
    await visitor.logIn('/', await on.server.addUser('operator'));
    const { page } = visitor;
    const found: string[] = [];
    for (const path of pages()) {
      await visitor.goTo(path);
      const controls = await controlsOf(page);
      const more = controls.filter((name) => /forget|revoke|user|webhook|enrol|\bkey\b/i.test(name));
      found.push(...more.map((name) => `${path}: ${name}`));
      if (/audit|users|keys|webhooks/.test(path)) found.push(...controls.map((name) => `${path}: ${name}`));
    }
    expect(found).toEqual([]);
    await visitor.close();
  });

  it.each(['viewer', 'operator'] as const)('has the API refuse a %s the same', async (role) => {
    const { username, password } = await on.server.addUser(role, `${role}-of-the-api`);
    const { body } = await on.server.client.send('POST', '/api/auth/login', { body: { username, password } });
    const headers = { Authorization: `Bearer ${(body as { access_token: string }).access_token}` };
    const document = JSON.parse(readFileSync('docs/openapi.json', 'utf8')) as OpenAPIObject;
    const root = '/api/ota/admin';
    const changes = operationsOf(document).filter(
      ({ method, path }) => method !== 'GET' && path.startsWith(root),
    );
    expect(changes.length).toBeGreaterThan(30);
    const wrong: string[] = [];
    for (const { method, path } of changes) {
      const name = `${method} ${path.slice(root.length)}`;
      const isRefused = role === 'viewer' ? !VIEWER_MAY.includes(name) : ADMIN_ONLY.test(name);
      if (!isRefused) continue;
      const answer = await on.server.client.send(method, path.replace(/\{\w+\}/g, '999999'), {
        headers,
        ...(method !== 'DELETE' && { body: {} }),
      });
      const code = String((answer.body as { code?: string } | undefined)?.code);
      if (answer.status !== 403 || code !== 'NOT_ALLOWED') wrong.push(`${name}: ${answer.status} ${code}`);
    }
    expect(wrong).toEqual([]);
  });

  it.each([
    ['an admin', 'is disabled', 'admin', 'PATCH', { is_active: false }],
    ['a viewer', 'is disabled', 'viewer', 'PATCH', { is_active: false }],
    ['an operator', 'gets another password', 'operator', 'PATCH', { password: 'another long password' }],
    ['a viewer', 'is deleted', 'viewer', 'DELETE', undefined],
  ] as const)('ends for %s in all tabs when the user %s elsewhere', async (_who, how, role, method, body) => {
    const other = await on.server.addUser(role, `${role} who ${how}`.replaceAll(' ', '-'));
    const visitor = await Visitor.open(on.server, on.browser);
    await visitor.logIn('/devices', other);
    const second = await visitor.context.newPage();
    await second.goto('/');
    await visitor.isIn(second);
    await on.server.admin(method, `/users/${other.id}`, body);
    const begun = Date.now();
    await visitor.page.getByLabel('User name').waitFor();
    await second.getByLabel('User name').waitFor();
    expect(Date.now() - begun).toBeLessThan(5_000 * PATIENCE);
    await visitor.close();
  });
});

/** @returns what can be pressed or filled in on the page, by what it is and what it is called */
const controlsOf = (page: Page): Promise<string[]> =>
  page.evaluate(() => {
    const found = new Set<string>();
    const nameOf = (element: Element): string => {
      const labels =
        element instanceof HTMLInputElement || element instanceof HTMLSelectElement ? element.labels : null;
      const name = element.getAttribute('aria-label') ?? labels?.[0]?.textContent ?? element.textContent;
      return name.trim().replace(/\s+/g, ' ').slice(0, 60);
    };
    for (const element of document.querySelectorAll('main a[href^="/rollouts/new"]'))
      found.add(`link: ${nameOf(element)}`);
    for (const element of document.querySelectorAll('main :is(button, input, select, textarea)')) {
      if (!element.checkVisibility() && !element.matches('[type="file"]')) continue;
      const kind = element.matches('button')
        ? 'button'
        : element.matches('input')
          ? (element.getAttribute('role') ?? element.getAttribute('type') ?? 'text')
          : element.localName;
      // A filter of the list, what opens more of the same, and the order of a column.
      const how = element.hasAttribute('aria-pressed')
        ? 'pressed: '
        : element.hasAttribute('aria-expanded') && !element.hasAttribute('aria-haspopup')
          ? 'opens: '
          : element.closest('[role="columnheader"]')
            ? 'sorts: '
            : '';
      found.add(`${kind}: ${how}${nameOf(element)}`);
    }
    return [...found];
  });
