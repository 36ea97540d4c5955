import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Browser, CDPSession, Locator, Page } from 'playwright-core';
import { eventually, image, someBytes } from '../support/http-client.js';
import { PATIENCE } from '../support/patience.js';
import { OtaProcess } from '../support/run-ota.js';
import { removeFolder } from '../support/server-process.js';
import { openBrowser, Visitor } from './support/browser.js';
import { plantCauses, type Cause } from './support/causes.js';
import { ADMIN, ConsoleServer } from './support/console-server.js';
import { measured, median } from './support/figures.js';
import { Keyboard } from './support/keyboard.js';
import { check, type SpokenDevice } from './support/spoken-devices.js';
import type { EvidencePoint, Preview, Rollout } from './support/wire.js';

const PILOTS = 2_000;
const OTHERS = 300;
const METERS = 10_000;
const RIGA = 400;
const ROLLED_BACK = 300;
const SCALES = 600;
const IMAGE = 'demo_sensor-1.2.3-esp32c3-sbv2-rsa.bin';

/**
 * What an operator does from end to end, on one server with fleets of the sizes that the design names, and what it costs: it
 * prints what docs/console.md says. The scenarios that are not here are in the specs of their pages.
 */
describe('an operator', () => {
  let dataDir: string;
  let server: ConsoleServer;
  let browser: Browser;
  let visitor: Visitor;
  let page: Page;
  let causes: readonly Cause[];
  let pilot: number;
  let halted: number;

  beforeAll(async () => {
    dataDir = mkdtempSync(join(tmpdir(), 'ota-scenarios-'));
    [server, browser] = await Promise.all([ConsoleServer.start({ DATA_DIR: dataDir }), openBrowser()]);
    causes = await plantCauses(server, dataDir);
    visitor = await Visitor.open(server, browser);
    page = visitor.page;
    await visitor.context.grantPermissions(['clipboard-read', 'clipboard-write']);
    await visitor.logIn('/');
  }, 300_000 * PATIENCE);
  afterAll(async () => {
    await browser.close();
    await server.stop();
    await removeFolder(dataDir);
  });

  const show = (id: number): Promise<Rollout> => server.admin('GET', `/rollouts/${id}`) as Promise<Rollout>;
  const publish = async (device_type: string, version: string, is_stable = false): Promise<number> => {
    const answer = await server.client.publish(someBytes(20_000), { device_type, version, is_stable });
    if (answer.status >= 400) throw new Error(answer.bytes.toString());
    return (answer.body as { id: number }).id;
  };
  const total = async (q: string): Promise<number> =>
    (
      (await server.admin('GET', `/devices/summary?q=${encodeURIComponent(q)}`)) as {
        total: number;
      }
    ).total;
  const fleet = (
    first: number,
    devices: number,
    device_type: string,
    site: (n: number) => string,
  ): SpokenDevice[] =>
    Array.from({ length: devices }, (_, n) => ({
      device_id: first + n,
      device_type,
      current_version: '1.0.0',
      attributes: { site: site(n) },
    }));

  /** Each of these actions is on the page Audit, with who did it, to what, and by which request. */
  const audited = async (...actions: readonly string[]): Promise<void> => {
    for (const action of actions) {
      const [row] = (await server.admin('GET', `/audit?action=${action}&limit=1`)) as [
        { readonly id: number; readonly request_id: string | null; readonly target: string },
      ];
      await visitor.goTo(`/audit?action=${action}`);
      const item = page
        .getByRole('listitem')
        .filter({ hasText: String(row.id) })
        .first();
      await item.locator('summary').click();
      const text = await item.innerText();
      expect(text).toContain(row.target);
      // What the server does by itself came with no request.
      if (action === 'rollout.halt') continue;
      expect(text).toContain('admin');
      expect(row.request_id).not.toBeNull();
      expect(text).toContain(`request ${row.request_id}`);
    }
  };

  it('sees why a device is not updated, for each cause, as the command says it (8)', async () => {
    for (const { deviceId, step } of causes) {
      const digits = deviceId.toString(16).slice(-4);
      await page.keyboard.press('Control+k');
      await page.getByRole('combobox').fill(digits);
      const keyboard = new Keyboard(page);
      await keyboard.press('Enter');
      await page.waitForURL(`**/devices/${deviceId}`);
      expect(keyboard.presses).toBeLessThanOrEqual(3);
      const { stdout } = await server.ota('why', String(deviceId), '--format', 'table');
      const said = stdout.slice(0, stdout.indexOf('\n\n')).replaceAll('\n', ' ');
      await eventually(async () => expect(await page.getByTestId('verdict').textContent()).toBe(said));
      const reasons = page.locator('li[data-reason]');
      expect(await reasons.count()).toBe(step === null ? 0 : 1);
      if (step !== null) expect(await reasons.getAttribute('data-reason')).toBe(step);
      await page.getByText(/^ota why 24:6f:28:aa:c1:0/).waitFor();
    }
    measured(8, `1 key after the four digits, for each of ${causes.length} devices`);
    expect(visitor.faults).toEqual([]);
  });

  it(
    'finds those of 10,000 that rolled back in Riga, shares the link, tags exactly them, and undoes it (9)',
    async () => {
      const firmware_id = await publish('meter', '1.1.0', true);
      const meters = fleet(0x24_6f_28_10_00_00, METERS, 'meter', (n) => (n < RIGA ? 'riga' : 'turku'));
      const known = await total('');
      await check(server, meters);
      await server.knows(known + METERS);
      for (const { device_id } of meters.slice(0, ROLLED_BACK)) {
        await server.client.report({ device_id, firmware_id, status: 'installing' });
        const error_message = 'rolled back: diagnostics failed';
        await server.client.report({ device_id, firmware_id, status: 'failed', error_message });
      }
      await eventually(async () =>
        expect(await total('attr.site:riga status:rolled_back')).toBe(ROLLED_BACK),
      );
      const [first] = meters;
      await server.admin('PATCH', `/devices/${first!.device_id}`, { tags: ['pilot'] });

      await visitor.goTo('/devices');
      await page.keyboard.press('/');
      await page.keyboard.type('attr.site:riga');
      await page.keyboard.press('Enter');
      await expectTotal(page, RIGA);
      await page.getByRole('button', { name: /^Rolled back/ }).click();
      await expectTotal(page, ROLLED_BACK);

      const other = await Visitor.open(server, browser);
      await other.logIn(page.url().slice(server.url.length));
      await expectTotal(other.page, ROLLED_BACK);
      expect(await firstRows(other.page)).toEqual(await firstRows(page));
      await other.page.getByRole('table').focus();
      await other.page.keyboard.press('End');
      await other.page.locator(`[aria-rowindex="${ROLLED_BACK + 1}"] a`).waitFor();
      await other.close();

      await page.getByRole('button', { name: `Select all ${ROLLED_BACK}` }).click();
      await page.getByText(`${ROLLED_BACK} selected`).waitFor();
      await page.getByRole('button', { name: 'Tag…', exact: true }).click();
      await page.getByLabel('Tag', { exact: true }).fill('recall');
      await page.keyboard.press('Enter');
      await page.getByText(`${ROLLED_BACK} devices now have the tag recall.`).waitFor();
      expect(await total('tag:recall')).toBe(ROLLED_BACK);
      expect(await total('tag:recall attr.site:riga status:rolled_back')).toBe(ROLLED_BACK);
      await page.getByLabel('Messages').getByRole('button', { name: 'Undo' }).click();
      await eventually(async () => expect(await total('tag:recall')).toBe(0));
      expect(await total('tag:pilot')).toBe(1);

      await visitor.goTo('/devices?type=meter');
      await expectTotal(page, METERS);
      await page.getByRole('table').focus();
      await page.keyboard.press('End');
      await page.locator(`[aria-rowindex="${METERS + 1}"] a`).waitFor();
      await page.keyboard.press('Home');
      const frame = await frameCost(await visitor.context.newCDPSession(page), page);
      measured(9, `a median frame of scrolling 10,000 rows takes ${frame.toFixed(1)} ms of CPU`);
      // How much that is depends on the machine: what does not is that rows out of sight are not on the page.
      expect(await page.evaluate(() => document.querySelectorAll('*').length)).toBeLessThan(MOST_NODES);
      await audited('device.change_many', 'device.import');
      expect(visitor.faults).toEqual([]);
    },
    300_000 * PATIENCE,
  );

  it(
    'rolls out to a group of 2,000 in three phases, or by the copied command, and watches it arrive (5, 6)',
    async () => {
      pilot = await publish('bridge', '1.1.0');
      const devices = fleet(900_000_000, PILOTS + OTHERS, 'bridge', (n) => (n < PILOTS ? 'pilot' : 'rest'));
      const known = await total('');
      await check(server, devices);
      await server.knows(known + devices.length);
      await server.admin('POST', '/groups', { name: 'Pilot line', filter: 'attr.site:pilot' });
      const preview = (await server.admin('POST', '/rollouts/preview', {
        firmware_id: pilot,
        target: 'group:"Pilot line"',
      })) as Preview;
      expect(preview.matched).toBe(PILOTS);
      expect(preview.left_out.reduce((sum, { count }) => sum + count, preview.matched)).toBe(devices.length);

      await visitor.goTo('/rollouts/new');
      let inputs = 0;
      const input = async (act: Promise<unknown>): Promise<void> => {
        inputs += 1;
        await act;
      };
      await input(page.getByLabel('Release', { exact: true }).selectOption(String(pilot)));
      await input(page.getByRole('button', { name: 'Pilot line' }).click());
      await input(page.getByLabel('In phases').check());
      for (const nth of [1, 2]) {
        const phase = page.getByRole('group', { name: `Phase ${nth}` });
        await input(phase.getByLabel('Then').selectOption('does not wait'));
      }
      await page.getByText(`${PILOTS.toLocaleString('en')} devices`, { exact: true }).waitFor();
      await page.getByText(`${OTHERS} devices left out because they`).waitFor();
      await page.getByText('are not among these devices').waitFor();

      // The copied command makes the same, which is aborted before a device hears of it.
      await page.getByRole('button', { name: 'Copy the command' }).click();
      const command = await page.evaluate(() => navigator.clipboard.readText());
      expect(command).toBe(
        `ota rollout create ${pilot} --target 'group:"Pilot line"' --phase 1%:0m --phase 10%:0m --start --yes`,
      );
      const run = command.replace('ota ', `"${process.execPath}" "${resolve('dist/src/cli/main.js')}" `);
      const env = { OTA_SERVER: server.url, OTA_TOKEN: server.token };
      const { code, stdout, stderr } = await new OtaProcess('sh', ['-c', `${run} --json`], env).outcome;
      expect([code, stderr]).toEqual([0, '']);
      const byCommand = await show((JSON.parse(stdout) as Rollout).id);
      await server.admin('POST', `/rollouts/${byCommand.id}/abort`);

      await input(page.getByRole('button', { name: 'Start the rollout' }).click());
      await page.waitForURL(/\/rollouts\/\d+$/);
      expect(inputs).toBeLessThanOrEqual(6);
      const id = Number(page.url().split('/').at(-1));
      expect(choiceOf(await show(id))).toEqual(choiceOf(byCommand));
      // The keys of the page are in force when its buttons are there.
      await page.getByRole('button', { name: 'Pause', exact: true }).waitFor();
      await page.keyboard.press('p');
      await page.getByText(`Rollout ${id} is paused`).waitFor();
      await page.keyboard.press('p');
      await page.getByText('Running', { exact: true }).first().waitFor();

      server.simulate({
        ids: `900000000..${900_000_000 + PILOTS - 1}`,
        'device-type': 'bridge',
        from: '1.0.0',
        interval: '4s',
        reboot: '200ms',
        duration: '20m',
        attribute: 'site=pilot',
      });
      const delays: number[] = [];
      await eventually(async () => {
        const { state, counts } = await show(id);
        const begun = performance.now();
        if (state === 'running' && counts.confirmed > 0) {
          await page.waitForFunction((least) => {
            const [, shown] = /([\d,]+) of [\d,]+ confirmed/.exec(document.body.innerText) ?? [];
            return Number(shown?.replaceAll(',', '')) >= least;
          }, counts.confirmed);
          delays.push(performance.now() - begun);
        }
        if (state !== 'finished') throw new Error(`It is ${state}: ${JSON.stringify(counts)}.`);
        expect(counts).toMatchObject({ offered: preview.matched, confirmed: preview.matched });
      }, 300_000 * PATIENCE);
      await page.getByText('Finished', { exact: true }).first().waitFor();
      measured(5, `${inputs} inputs; ${preview.matched} offered as the preview said`);
      measured(
        6,
        `the page has what the database has after ${(median(delays) / 1_000).toFixed(2)} s in the middle, ${(Math.max(...delays) / 1_000).toFixed(2)} s at most, of ${delays.length} looks`,
      );
      expect(median(delays)).toBeLessThan(2_000 * PATIENCE);
      await audited('rollout.pause', 'rollout.resume');
      expect(visitor.faults).toEqual([]);
    },
    500_000 * PATIENCE,
  );

  it(
    'is told by the page when a bad release stops itself, why, and what is to blame (7)',
    async () => {
      await publish('scales', '1.0.0', true);
      const bad = await publish('scales', '1.1.0');
      const known = await total('');
      server.simulate({
        ids: `800000000..${800_000_000 + SCALES - 1}`,
        'device-type': 'scales',
        from: '1.0.0',
        interval: '3s',
        reboot: '200ms',
        duration: '30m',
        attribute: 'hw_revision=A,B,C',
        only: 'hw_revision=C',
        // Of a third of the devices: a fifth of all.
        brick: 0.6,
      });
      await server.knows(known + SCALES);
      const made = (await server.admin('POST', '/rollouts', {
        firmware_id: bad,
        silent_after_minutes: 1,
      })) as Rollout;
      halted = made.id;
      await visitor.goTo(`/rollouts/${halted}`);
      await page.getByRole('button', { name: 'Start', exact: true }).click();
      const heading = page.getByRole('heading', { name: /^It stopped itself/ });
      const times = await Promise.all([
        heading.waitFor({ timeout: 240_000 * PATIENCE }).then(() => performance.now()),
        eventually(async () => {
          const { state } = await show(halted);
          if (state !== 'halted') throw new Error(`It is ${state}.`);
          return performance.now();
        }, 240_000 * PATIENCE),
      ]);
      const late = Math.max(0, times[0] - times[1]);
      measured(7, `the page says it ${(late / 1_000).toFixed(2)} s after the server`);
      expect(late).toBeLessThan(2_000 * PATIENCE);

      // What is at risk still comes in: all of it is known when nothing is pending.
      await eventually(async () => {
        const [rollout, points] = await Promise.all([
          show(halted),
          server.admin('GET', `/rollouts/${halted}/evidence?points=240`) as Promise<EvidencePoint[]>,
        ]);
        const last = points.at(-1)!;
        const shown = await page.locator('main').innerText();
        expect(shown).toContain(rollout.halted_because!.replace('stopped: ', ''));
        expect(shown).toContain(rollout.line);
        expect(shown).toContain(
          `In all ${last.failed} of the ${last.counted} devices that count have failed.`,
        );
        expect(shown).toContain(`You accept up to ${rollout.max_failure_rate * 100} %`);
        expect(shown).toContain(`fewer than 1 of ${1 / rollout.false_alarm_rate} rollouts`);
        expect(shown).toContain(`${rollout.counts.waiting} devices were spared.`);
        const chart = page.getByRole('img', { name: /is beyond the bound/ });
        const [point, bound] = await Promise.all([
          chart.locator('circle').getAttribute('cy'),
          chart.locator('line[stroke-dasharray="5 4"]').getAttribute('y1'),
        ]);
        // Up is less.
        expect(Number(point)).toBeLessThanOrEqual(Number(bound));
      }, 60_000 * PATIENCE);
      const guilty = page
        .getByRole('table', { name: /in common/ })
        .getByRole('row')
        .nth(1);
      expect(await guilty.innerText()).toMatch(/^Hardware revision\s+C\s/);
      expect(visitor.faults).toEqual([]);
    },
    600_000 * PATIENCE,
  );

  it(
    'does all of it with the keyboard alone, in the dark, on a phone, twice as large (11)',
    async () => {
      const small = await Visitor.open(server, browser, { theme: 'dark', size: 'phone' });
      const keyboard = new Keyboard(small.page);
      const found: string[] = [];
      const look = async (where: string): Promise<void> => {
        await small.isStill();
        for (const [width, height] of [
          [390, 844],
          // As wide as the phone is when everything on it is twice as large.
          [195, 422],
        ] as const) {
          await small.page.setViewportSize({ width, height });
          if ((await small.overflow()) > 0) found.push(`${where} is wider than ${width} px.`);
          await small.picture(`scenario-11-${where}-${width}`);
        }
        await small.page.setViewportSize({ width: 390, height: 844 });
        found.push(...(await small.inaccessible()).map((fault) => `${where}: ${fault}`));
      };
      const button = (name: string | RegExp): Locator =>
        small.page.getByRole('button', { name, exact: true });

      await small.page.goto('/releases');
      await small.page.getByLabel('User name').waitFor();
      await look('login');
      await keyboard.type(ADMIN.username);
      await keyboard.press('Tab');
      await keyboard.type(ADMIN.password);
      await keyboard.press('Enter');
      await small.isIn();
      expect(small.page.url()).toBe(`${server.url}/releases`);

      const chosen = small.page.waitForEvent('filechooser');
      await keyboard.use(button(/^Drop the \.bin/));
      await (
        await chosen
      ).setFiles({
        name: IMAGE,
        mimeType: 'application/octet-stream',
        buffer: await image(IMAGE),
      });
      await small.page.getByText('ESP32-C3, revision v0.3 to v1.99').waitFor();
      await small.page.getByText('Secure Boot v2, RSA-3072').waitFor();
      await look('inspected');
      await keyboard.use(button('Publish as 1.2.3'));
      await small.page.getByText('1.2.3 is published as a draft').first().waitFor();

      await keyboard.press('g', 'o');
      await keyboard.use(small.page.getByRole('link', { name: 'New rollout' }));
      await keyboard.to(small.page.getByLabel('Release', { exact: true }));
      await keyboard.type('demo_sensor');
      await keyboard.to(button('Pilot line'));
      await keyboard.press('Space');
      // Radio buttons are one stop: the arrows choose.
      await keyboard.to(small.page.getByLabel('As fast as the evidence allows'));
      await keyboard.press('ArrowDown');
      await small.page.getByRole('group', { name: 'Phase 2' }).waitFor();
      await keyboard.to(small.page.getByLabel('Start it at once, or at its time'));
      await keyboard.press('Space');
      await look('new-rollout');
      // Above the fields: the way there is around the page, or back.
      await keyboard.use(button('Make a draft'));
      await small.page.waitForURL(/\/rollouts\/\d+$/);
      await look('draft');

      await keyboard.press('g', 'o');
      await keyboard.use(small.page.locator(`a[href="/rollouts/${halted}"]`));
      await small.page.getByRole('heading', { name: /^It stopped itself/ }).waitFor();
      await look('halted');
      await keyboard.use(button('Resume anyway…'));
      await small.page.getByRole('dialog').getByText('It stopped itself').waitFor();
      await look('resume');
      await keyboard.press('Escape');

      await keyboard.press('Control+k');
      await small.page.getByRole('combobox').waitFor();
      await keyboard.type(causes[1]!.deviceId.toString(16).slice(-4));
      await keyboard.press('Enter');
      await small.page.getByTestId('verdict').getByText('It is below the floor').waitFor();
      await look('device');

      measured(11, `${keyboard.presses} keys, no pointer; axe and policy found nothing`);
      expect(found).toEqual([]);
      expect(keyboard.ringless).toEqual([]);
      expect(small.faults).toEqual([]);
      await small.close();
    },
    300_000 * PATIENCE,
  );

  it('leaves a row in the audit for each change, and is out in all tabs when the session is ended (12)', async () => {
    await audited('firmware.register', 'rollout.create', 'rollout.start', 'rollout.halt');

    const viewer = await server.addUser('viewer');
    const { username, password } = viewer;
    const { body } = await server.client.send('POST', '/api/auth/login', { body: { username, password } });
    const headers = { Authorization: `Bearer ${(body as { access_token: string }).access_token}` };
    const device = `/devices/${causes[0]!.deviceId}`;
    for (const [method, path] of [
      ['POST', `/rollouts/${halted}/resume`],
      ['POST', `/rollouts/${halted}/abort`],
      ['POST', '/rollouts'],
      ['PATCH', `/firmware/${pilot}`],
      ['DELETE', `/firmware/${pilot}`],
      ['PATCH', device],
      ['POST', `${device}/block`],
      ['POST', '/devices/bulk'],
      ['POST', '/groups'],
      ['GET', '/audit'],
    ] as const) {
      const sending = { headers, ...(['GET', 'DELETE'].includes(method) ? {} : { body: {} }) };
      const { status } = await server.client.send(method, `/api/ota/admin${path}`, sending);
      expect([method, path, status]).toEqual([method, path, 403]);
    }

    const second = await server.addUser('admin', 'second-admin');
    const away = await Visitor.open(server, browser);
    await away.logIn('/', second);
    const tab = await away.context.newPage();
    await tab.goto('/devices');
    await away.isIn(tab);
    const begun = performance.now();
    await server.admin('PATCH', `/users/${second.id}`, { is_active: false });
    await Promise.all([away.page, tab].map((each) => each.getByLabel('User name').waitFor()));
    const took = performance.now() - begun;
    measured(12, `both tabs are at the login ${(took / 1_000).toFixed(2)} s after the user was disabled`);
    expect(took).toBeLessThan(5_000 * PATIENCE);
    await away.close();
  });
});

const expectTotal = (page: Page, total: number): Promise<void> =>
  page.locator('header').first().getByText(total.toLocaleString('en'), { exact: true }).waitFor();

const firstRows = (page: Page): Promise<string[]> =>
  page.locator('[role="row"] a').evaluateAll((links) => links.slice(0, 10).map((link) => link.textContent));

/** What was asked for, of two rollouts that are to be the same. */
const choiceOf = (rollout: Rollout): object => {
  const { firmware_id, target, ramp, phases, max_failure_rate, false_alarm_rate, matched } = rollout;
  return { firmware_id, target, ramp, phases, max_failure_rate, false_alarm_rate, matched };
};

/** However many rows a list has. */
const MOST_NODES = 1_500;
const SAMPLES = 20;
const FRAMES = 15;

/** @returns milliseconds of CPU of a frame in the middle, while the list is scrolled by ten rows a frame */
async function frameCost(cdp: CDPSession, page: Page): Promise<number> {
  await cdp.send('Performance.enable', { timeDomain: 'threadTicks' });
  const cpu = async (): Promise<number> => {
    const { metrics } = await cdp.send('Performance.getMetrics');
    return (metrics.find(({ name }) => name === 'TaskDuration')?.value ?? NaN) * 1_000;
  };
  const costs: number[] = [];
  for (let sample = 0; sample < SAMPLES; sample++) {
    const before = await cpu();
    await page.evaluate(
      (frames) =>
        new Promise<void>((done) => {
          const list = document.querySelector('[role="table"]');
          const next = (left: number): void => {
            list?.scrollBy(0, 340);
            if (left > 1) requestAnimationFrame(() => next(left - 1));
            else done();
          };
          requestAnimationFrame(() => next(frames));
        }),
      FRAMES,
    );
    costs.push(((await cpu()) - before) / FRAMES);
  }
  return median(costs);
}
