import type { CDPSession, Page } from 'playwright-core';
import { openBrowser, Visitor } from './support/browser.js';
import { ConsoleServer } from './support/console-server.js';

const DEVICES = 10_000;
const TYPE = 'scales_bridge';
const FRAMES = 300;
/** Pixels: ten rows of 34. */
const STEP = 340;

/** `npm run console:measure`: what the console costs a browser. It prints, and judges nothing: machines differ. */
describe('the console', () => {
  it('costs a browser', async () => {
    const server = await ConsoleServer.start({ NEW_DEVICES_PER_MINUTE: '0' });
    const browser = await openBrowser();
    try {
      await server.publish(TYPE, '1.0.0');
      await fill(server);
      const visitor = await Visitor.open(server, browser);
      const { page } = visitor;
      const cdp = await visitor.context.newCDPSession(page);
      await cdp.send('Performance.enable', { timeDomain: 'threadTicks' });
      const rows: Record<string, Figures> = {};

      await page.goto('/');
      await page.getByLabel('User name').waitFor();
      rows['login'] = await figures(cdp, page);
      const before = await figures(cdp, page);
      await visitor.logIn('/');
      await page.getByText('Versions in the field').waitFor();
      rows['fleet, after the login'] = difference(await figures(cdp, page), before);
      await page.goto('/devices');
      await visitor.isIn();
      await page.getByRole('row').nth(20).waitFor();
      rows['a link to the devices'] = await figures(cdp, page);

      const start = await figures(cdp, page);
      await scroll(page);
      const end = difference(await figures(cdp, page), start);
      rows[`${FRAMES} frames of scrolling`] = end;
      print(rows);
      process.stdout.write(
        `A frame of scrolling ten rows of ${DEVICES}: ${(end.taskMs / FRAMES).toFixed(1)} ms of CPU, ${(end.scriptMs / FRAMES).toFixed(1)} ms of it script.\n`,
      );
    } finally {
      await browser.close();
      await server.stop();
    }
  }, 1_800_000);
});

interface Figures {
  readonly taskMs: number;
  readonly scriptMs: number;
  readonly nodes: number;
  readonly heapMb: number;
}

async function fill(server: ConsoleServer): Promise<void> {
  for (let first = 0; first < DEVICES; first += 100) {
    const ids = Array.from({ length: 100 }, (_, index) => 0x24_6f_28_00_00_00 + first + index);
    await Promise.all(
      ids.map((device_id) => server.client.check({ device_id, device_type: TYPE, current_version: '1.0.0' })),
    );
  }
  await server.knows(DEVICES);
}

async function figures(cdp: CDPSession, page: Page): Promise<Figures> {
  const { metrics } = await cdp.send('Performance.getMetrics');
  const of = (name: string): number => metrics.find((metric) => metric.name === name)?.value ?? NaN;
  return {
    taskMs: of('TaskDuration') * 1000,
    scriptMs: of('ScriptDuration') * 1000,
    heapMb: of('JSHeapUsedSize') / 1e6,
    nodes: await page.evaluate(() => document.querySelectorAll('*').length),
  };
}

const difference = (now: Figures, before: Figures): Figures => ({
  ...now,
  taskMs: now.taskMs - before.taskMs,
  scriptMs: now.scriptMs - before.scriptMs,
});

/** Scrolls the list as far as it goes, a step in each frame. */
const scroll = (page: Page): Promise<void> =>
  page.evaluate(
    ([frames, step]) =>
      new Promise<void>((resolve) => {
        const list = document.querySelector('[role="table"]');
        let frame = 0;
        const next = (): void => {
          list?.scrollBy(0, step ?? 0);
          frame += 1;
          if (frame < (frames ?? 0)) requestAnimationFrame(next);
          else resolve();
        };
        requestAnimationFrame(next);
      }),
    [FRAMES, STEP],
  );

function print(rows: Readonly<Record<string, Figures>>): void {
  const lines = Object.entries(rows).map(
    ([name, { taskMs, scriptMs, nodes, heapMb }]) =>
      `${name.padEnd(28)}${taskMs.toFixed(0).padStart(8)} ms CPU${scriptMs.toFixed(0).padStart(8)} ms script${String(nodes).padStart(7)} nodes${heapMb.toFixed(1).padStart(7)} MB`,
  );
  process.stdout.write(`${lines.join('\n')}\n`);
}
