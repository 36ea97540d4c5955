import { existsSync, readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { AxeResults } from 'axe-core';
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';
import { ADMIN, type ConsoleServer } from './console-server.js';

const CHROMIUM = process.env['CHROMIUM'] ?? '/usr/bin/chromium';
/** Beside other work everything takes longer. */
const PATIENCE_MS = 15_000 * Number(process.env['TEST_PATIENCE'] ?? 1);
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

export const SIZES = {
  desk: { width: 1360, height: 860 },
  phone: { width: 390, height: 844 },
} as const;

export interface Looks {
  readonly theme?: 'light' | 'dark';
  readonly size?: keyof typeof SIZES;
  /** Of the viewer, such as `Asia/Kolkata`. */
  readonly timeZone?: string;
}

export async function openBrowser(): Promise<Browser> {
  if (!existsSync(CHROMIUM))
    throw new Error(`There is no ${CHROMIUM}: apt-get install chromium, or set CHROMIUM.`);
  // Chromium has no sandbox for root, and containers have little shared memory.
  const args = [...(process.getuid?.() === 0 ? ['--no-sandbox'] : []), '--disable-dev-shm-usage'];
  return chromium.launch({ executablePath: CHROMIUM, args });
}

/** A person at a browser of their own, who sees the console and what goes wrong in it. */
export class Visitor {
  /** Violations of the policy, errors on the console, requests to elsewhere, in the order in which they came. */
  readonly faults: string[] = [];

  private constructor(
    readonly server: ConsoleServer,
    readonly context: BrowserContext,
    readonly page: Page,
  ) {}

  static async open(server: ConsoleServer, browser: Browser, looks: Looks = {}): Promise<Visitor> {
    const { theme = 'light', size = 'desk', timeZone = 'Europe/Riga' } = looks;
    const context = await browser.newContext({
      baseURL: server.url,
      viewport: SIZES[size],
      colorScheme: theme,
      deviceScaleFactor: size === 'phone' ? 2 : 1,
      timezoneId: timeZone,
      locale: 'en-GB',
      reducedMotion: 'reduce',
    });
    context.setDefaultTimeout(PATIENCE_MS);
    await context.addInitScript(() => {
      addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI, sourceFile }) => {
        // Where the visitor hears of it, as of all errors.
        // eslint-disable-next-line no-console -- In the browser.
        console.error(`The policy was violated: ${violatedDirective} ${blockedURI} ${sourceFile}`);
      });
    });
    const visitor = new Visitor(server, context, await context.newPage());
    context.on('page', (page) => visitor.watch(page));
    visitor.watch(visitor.page);
    return visitor;
  }

  /** @param path where to begin: who has no session is asked to log in there, and stays */
  async logIn(
    path = '/',
    { username, password }: { readonly username: string; readonly password: string } = ADMIN,
  ): Promise<void> {
    await this.page.goto(path);
    await this.page.getByLabel('User name').fill(username);
    await this.page.getByLabel('Password').fill(password);
    await this.page.getByRole('button', { name: 'Log in' }).click();
    await this.isIn();
  }

  /** Resolves when the frame of the console is there, and says that it is live where there is room for that. */
  async isIn(page: Page = this.page): Promise<void> {
    await page.getByRole('navigation').first().waitFor();
    await page.locator('h1').first().waitFor();
    const isPhone = (page.viewportSize()?.width ?? 0) < 768;
    if (!isPhone) await page.getByText('Live', { exact: true }).waitFor();
  }

  /** Goes there as a link does, without loading the page again, and waits until it is there. */
  async goTo(path: string): Promise<void> {
    await this.page.evaluate((to) => {
      history.pushState({}, '', to);
      dispatchEvent(new PopStateEvent('popstate'));
    }, path);
    await this.isStill();
  }

  /** Resolves when nothing is being loaded for the first time. */
  async isStill(): Promise<void> {
    await this.page.waitForLoadState('networkidle').catch(() => undefined);
    await this.page.waitForFunction(
      () =>
        document.querySelector('h1') !== null && document.querySelector('[aria-label="Loading"]') === null,
    );
  }

  /**
   * Presses Tab through the page.
   * @returns the elements, of at most `most`, on which the keyboard was without a ring that is seen
   */
  async withoutRing(most = 40): Promise<string[]> {
    const found: string[] = [];
    for (let stop = 0; stop < most; stop++) {
      await this.page.keyboard.press('Tab');
      const ringless = await this.page.evaluate(() => {
        const element = document.activeElement;
        if (!element || element === document.body) return 'end';
        const { outlineStyle, outlineWidth } = getComputedStyle(element);
        return outlineStyle === 'none' || parseFloat(outlineWidth) < 2
          ? element.outerHTML.slice(0, 200)
          : null;
      });
      if (ringless === 'end') break;
      if (ringless !== null) found.push(ringless);
    }
    return found;
  }

  /** @returns what axe finds, as `rule: element`; nothing is what is allowed */
  async inaccessible(): Promise<string[]> {
    // Not as a script of the page, which its policy would refuse.
    await this.page.evaluate(AXE);
    const { violations } = await this.page.evaluate(() => {
      const { axe } = window as unknown as { axe: { run: () => Promise<AxeResults> } };
      return axe.run();
    });
    return violations.flatMap(({ id, nodes }) =>
      nodes.map(({ html, failureSummary = '' }) => `${id}: ${html} ${failureSummary}`),
    );
  }

  /** @returns how many pixels the page is wider than the window */
  overflow(): Promise<number> {
    return this.page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  }

  /** Takes a picture: for the documentation with PICTURES=write, else for whoever looks into the folder of the run. */
  async picture(name: string): Promise<void> {
    const folder =
      process.env['PICTURES'] === 'write' ? 'docs/pictures' : join(tmpdir(), 'ota-console-pictures');
    const path = join(folder, `${name}.png`);
    await mkdir(dirname(path), { recursive: true });
    await this.page.screenshot({ path, animations: 'disabled' });
  }

  async close(): Promise<void> {
    await this.context.close();
  }

  private watch(page: Page): void {
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) this.faults.push(message.text());
    });
    page.on('pageerror', (error) => this.faults.push(error.message));
    page.on('request', (request) => {
      const url = request.url();
      if (!url.startsWith(this.server.url) && !url.startsWith('blob:'))
        this.faults.push(`A request to ${url}`);
    });
  }
}
