import { resolve } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { eventually } from '../support/http-client.js';
import { PATIENCE } from '../support/patience.js';
import { OtaProcess } from '../support/run-ota.js';
import { openBrowser, Visitor } from './support/browser.js';
import { ConsoleServer } from './support/console-server.js';
import { measured } from './support/figures.js';
import { atEachSize, expectReadable } from './support/readable.js';
import type { Preview, Rollout } from './support/wire.js';

const TYPE = 'scales_bridge';
const DEVICES = 200;

describe('rollouts', () => {
  let server: ConsoleServer;
  let browser: Browser;
  let visitor: Visitor;
  let bad: number;
  let halted: number;

  beforeAll(async () => {
    [server, browser] = await Promise.all([ConsoleServer.start(), openBrowser()]);
    await server.publish(TYPE, '1.0.0');
    bad = await server.publish(TYPE, '1.1.0', { is_stable: false });
    await server.admin('POST', '/groups', { name: 'Upper floor', filter: 'attr.site:upper' });
    server.simulate({
      ids: `900000000..${900_000_000 + DEVICES - 1}`,
      'device-type': TYPE,
      from: '1.0.0',
      interval: '3s',
      reboot: '300ms',
      duration: '30m',
      attribute: 'hw_revision=A,B,C',
      only: 'hw_revision=C',
      brick: 0.9,
    });
    await server.knows(DEVICES);
    visitor = await Visitor.open(server, browser);
    await visitor.logIn('/rollouts');
  }, 600_000);
  afterAll(async () => {
    await browser.close();
    await server.stop();
  });

  const show = (id: number): Promise<Rollout> => server.admin('GET', `/rollouts/${id}`) as Promise<Rollout>;
  /** What was asked for, of two rollouts that are to be the same. */
  const choiceOf = (rollout: Rollout): object =>
    Object.fromEntries(
      Object.entries(rollout).filter(
        ([name]) => !['id', 'state', 'version', 'created_at', 'started_at', 'ended_at'].includes(name),
      ),
    );

  it('teach when there is none', async () => {
    const { page } = visitor;
    await page.getByText('There is no rollout yet.').waitFor();
    await page.getByText('ota rollout create 7 --start').waitFor();
    await page.getByRole('link', { name: 'Make the first one' }).click();
    await page.waitForURL('**/rollouts/new');
  });

  it('are made with few inputs, previewed, and made the same by the command', async () => {
    const { page } = visitor;
    await page.goto(`${server.url}/rollouts/new`);
    await page.getByLabel('Release', { exact: true }).selectOption(String(bad));
    await page.getByLabel('Devices', { exact: true }).fill('-id:900000000..900000049');
    await page.getByLabel('In phases').check();
    await page.getByLabel('Start it at once, or at its time').uncheck();

    const preview = (await server.admin('POST', '/rollouts/preview', {
      firmware_id: bad,
      target: '-id:900000000..900000049',
    })) as Preview;
    expect(preview.matched).toBe(DEVICES - 50);
    expect(preview.left_out.reduce((sum, { count }) => sum + count, preview.matched)).toBe(DEVICES);
    await page.getByText(`${preview.matched} devices`, { exact: true }).waitFor();
    await page.getByText('50 devices left out because they').waitFor();
    await visitor.picture('rollout-new-light');
    const command = (await page.locator('pre').last().textContent()) ?? '';
    expect(command).toBe(
      `ota rollout create ${bad} --target -id:900000000..900000049 --phase 1%:60m --phase 10%:1440m`,
    );

    await page.getByRole('button', { name: 'Make a draft' }).click();
    await page.waitForURL(/\/rollouts\/\d+$/);
    const byHand = await show(Number(page.url().split('/').at(-1)));
    expect(byHand).toMatchObject({ state: 'draft', counts: { waiting: preview.matched } });
    await server.admin('POST', `/rollouts/${byHand.id}/abort`);

    const env = { OTA_SERVER: server.url, OTA_TOKEN: server.token };
    const run = command.replace('ota ', `"${process.execPath}" "${resolve('dist/src/cli/main.js')}" `);
    const { code, stdout, stderr } = await new OtaProcess('sh', ['-c', `${run} --json`], env).outcome;
    expect([code, stderr]).toEqual([0, '']);
    const byCommand = await show((JSON.parse(stdout) as Rollout).id);
    expect(choiceOf(byCommand)).toEqual(choiceOf(byHand));
    await server.admin('POST', `/rollouts/${byCommand.id}/abort`);
  });

  it('halt by themselves, and the page says so, why, and who is to blame', async () => {
    const { page } = visitor;
    await page.goto(`${server.url}/rollouts/new?release=${bad}`);
    await page.getByText('Change the rule').click();
    await page.getByLabel('Minutes until silence counts').fill('1');
    await page.getByText(`${DEVICES} devices`, { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Start the rollout' }).click();
    await page.waitForURL(/\/rollouts\/\d+$/);
    halted = Number(page.url().split('/').at(-1));
    await page.getByText('Running', { exact: true }).first().waitFor();

    await eventually(async () => {
      const { state } = await show(halted);
      if (state !== 'halted') throw new Error(`It is ${state}.`);
    }, 150_000);
    const begun = performance.now();
    await page.getByRole('heading', { name: /^It stopped itself/ }).waitFor();
    expect(performance.now() - begun).toBeLessThan(2_000 * PATIENCE);

    // What is at risk still comes in: all of it is known when nothing is pending.
    await eventually(async () => {
      const rollout = await show(halted);
      const [shown, points] = [
        await page.locator('main').innerText(),
        (await server.admin('GET', `/rollouts/${halted}/evidence?points=240`)) as {
          readonly counted: number;
          readonly failed: number;
        }[],
      ];
      const last = points.at(-1)!;
      expect(shown).toContain(rollout.halted_because!.replace('stopped: ', ''));
      expect(shown).toContain(rollout.line);
      expect(shown).toContain(`In all ${last.failed} of the ${last.counted} devices that count have failed.`);
      expect(shown).toContain(`You accept up to ${rollout.max_failure_rate * 100} %`);
      expect(shown).toContain(`${rollout.counts.waiting} devices were spared.`);
      expect(rollout.evidence).toBeGreaterThanOrEqual(1 / rollout.false_alarm_rate);
      const chart = await page.getByRole('img', { name: /devices that count/ }).getAttribute('aria-label');
      expect(chart).toContain('is beyond the bound');
    }, 30_000);
    const guilty = page
      .getByRole('table', { name: /in common/ })
      .getByRole('row')
      .nth(1);
    expect(await guilty.innerText()).toMatch(/^Hardware revision\s+C\s/);
    await visitor.picture('rollout-halted-light');
    await page.goto(`${server.url}/rollouts`);
    await page.getByRole('heading', { name: 'Needs your eyes' }).waitFor();
    await page
      .getByRole('link', { name: `1.1.0 to all ${TYPE} devices` })
      .first()
      .waitFor();
    expect(visitor.faults).toEqual([]);
  }, 240_000);

  it('go on when devices are excused, by another share, and not otherwise', async () => {
    const { page } = visitor;
    await page.goto(`${server.url}/rollouts/${halted}?state=silent`);
    await page.getByRole('button', { name: 'Resume anyway…' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('button', { name: `Resume rollout ${halted}` }).click();
    await dialog.getByText('Excuse devices that failed for another reason').waitFor();
    await dialog.getByLabel('Devices in 100 that may fail').fill('1');
    await dialog.getByText('It can only be raised').waitFor();
    await dialog.getByRole('button', { name: 'Cancel' }).click();

    await page.getByLabel(/^All \d+ failed or silent device/).check();
    await page.getByRole('button', { name: /^Excuse \d+ device/ }).click();
    await dialog.getByLabel('What was the reason?').fill('The workshop had no power');
    await dialog.getByRole('button', { name: /^Excuse \d+ device/ }).click();
    await page.getByText(/are excused and do not count any more/).waitFor();
    await page.getByRole('button', { name: 'Resume anyway…' }).click();
    await dialog.getByLabel('Devices in 100 that may fail').fill('50');
    await dialog.getByRole('button', { name: `Resume rollout ${halted}` }).click();
    await page.getByText(`Rollout ${halted} runs.`).waitFor();
    expect(await show(halted)).toMatchObject({ max_failure_rate: 0.5 });

    await page.getByRole('button', { name: 'Abort…' }).click();
    await dialog.getByText('This cannot be undone.').waitFor();
    expect(await dialog.innerText()).toMatch(/\n\d+ devices?\n/);
    await dialog.getByRole('button', { name: `Abort rollout ${halted}` }).click();
    await page.getByText(`Rollout ${halted} is aborted.`).waitFor();
    // What the browser itself writes about a 409 that somebody asked for is not the page's.
    expect(visitor.faults.splice(0).filter((fault) => !fault.includes('409'))).toEqual([]);
  });

  it('are paused at once, and put back when the server refuses', async () => {
    const { page } = visitor;
    const firmware_id = await server.publish(TYPE, '1.1.0', { is_stable: false, build_number: 2 });
    const made = (await server.admin('POST', '/rollouts', {
      firmware_id,
      phases: [{ count: 1, soak_minutes: 1_440 }],
    })) as Rollout;
    await server.admin('POST', `/rollouts/${made.id}/start`);
    await page.goto(`${server.url}/rollouts/${made.id}`);
    const badge = page.getByRole('banner').or(page.locator('header')).first();
    await badge.getByText('Running', { exact: true }).waitFor();

    const pauses = `**/rollouts/${made.id}/pause`;
    await page.route(pauses, async (route) => {
      await new Promise((settle) => setTimeout(settle, 2_000));
      await route.continue();
    });
    const pause = page.getByRole('button', { name: 'Pause', exact: true });
    const took = async (): Promise<number> => {
      await pause.waitFor();
      return page.evaluate(async () => {
        const button = [...document.querySelectorAll('button')].find(
          ({ textContent }) => textContent === 'Pause',
        );
        const begun = performance.now();
        button?.click();
        while (!document.querySelector('header')?.textContent.includes('Paused'))
          await new Promise((settle) => requestAnimationFrame(settle));
        return performance.now() - begun;
      });
    };
    const shown = await took();
    // It is said before the server has answered.
    expect((await show(made.id)).state).toBe('running');
    await page.getByText(`Rollout ${made.id} is paused`).waitFor();
    expect((await show(made.id)).state).toBe('paused');
    await page.getByRole('button', { name: 'Undo' }).click();
    await badge.getByText('Running', { exact: true }).waitFor();
    expect((await show(made.id)).state).toBe('running');

    await page.unroute(pauses);
    await page.route(pauses, async (route) => {
      await new Promise((settle) => setTimeout(settle, 1_000));
      await route.fulfill({
        status: 500,
        contentType: 'application/problem+json',
        body: JSON.stringify({ detail: 'Something broke in the server.', request_id: 'a-request-id' }),
      });
    });
    const shownAgain = await took();
    await page.getByText('Something broke in the server.').waitFor();
    await page.getByText('Request a-request-id').waitFor();
    await badge.getByText('Running', { exact: true }).waitFor();
    await page.unroute(pauses);
    measured(10, `shown ${shown.toFixed()} ms and ${shownAgain.toFixed()} ms after the button was pressed`);
    expect(visitor.faults.splice(0).filter((fault) => !fault.includes('500'))).toEqual([]);

    // By the key, of which the list says what it does now, whoever paused the rollout.
    await pause.waitFor();
    await page.keyboard.press('p');
    // While the server is asked there is no such key.
    await page.locator('button:enabled', { hasText: /^Resume$/ }).waitFor();
    expect((await show(made.id)).state).toBe('paused');
    await isInForce(page, 'Resume the rollout');
    await server.admin('POST', `/rollouts/${made.id}/resume`, {});
    await pause.waitFor();
    await isInForce(page, 'Pause the rollout');
    await server.admin('POST', `/rollouts/${made.id}/pause`);
    await page.getByRole('button', { name: 'Resume', exact: true }).waitFor();
    await isInForce(page, 'Resume the rollout');
    await page.keyboard.press('p');
    await badge.getByText('Running', { exact: true }).waitFor();
    await eventually(async () => expect((await show(made.id)).state).toBe('running'));
    expect(visitor.faults).toEqual([]);
  });

  it('show a viewer nothing that he may not do, and the server refuses it too', async () => {
    const { username, password } = await server.addUser('viewer');
    const other = await Visitor.open(server, browser);
    await other.logIn('/rollouts', { username, password });
    await other.page.getByText('Ended', { exact: true }).waitFor();
    expect(await other.page.getByRole('link', { name: 'New rollout' }).count()).toBe(0);
    await other.goTo(`/rollouts/${halted}`);
    await other.page.getByText('What was asked for').waitFor();
    for (const name of ['Abort…', 'Pause', 'Resume', 'Finish…', 'Start'])
      expect(await other.page.getByRole('button', { name, exact: true }).count()).toBe(0);
    await other.goTo('/rollouts/new');
    await other.page.getByText('takes the role operator').waitFor();
    expect(other.faults).toEqual([]);
    await other.close();
  });

  it.each(['light', 'dark'] as const)('can be read by everybody: %s', async (theme) => {
    await atEachSize([server, browser], theme, async (other, look) => {
      await other.logIn('/rollouts');
      for (const [name, path] of [
        ['rollouts', '/rollouts'],
        ['rollout', `/rollouts/${halted}`],
        ['rollout-new', `/rollouts/new?release=${bad}`],
      ] as const) {
        await other.goTo(path);
        await expectReadable(other, name, look);
      }
    });
  });
});

/** Resolves when the list of keys has said that one does this, and is closed. */
async function isInForce(page: Page, name: string): Promise<void> {
  await page.keyboard.press('?');
  const list = page.getByRole('dialog', { name: 'Keys' });
  await list.getByText(name, { exact: true }).waitFor();
  await page.keyboard.press('Escape');
  await list.waitFor({ state: 'hidden' });
}
