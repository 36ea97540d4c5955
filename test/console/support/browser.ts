import { existsSync, readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { AxeResults } from 'axe-core';
import { chromium, type Browser, type BrowserContext, type Page, type Request } from 'playwright-core';
import { PATIENCE } from '../../support/patience.js';
import { ADMIN, type ConsoleServer } from './console-server.js';
import { cutOff, focusWalk } from './seen.js';

const CHROMIUM = process.env['CHROMIUM'] ?? '/usr/bin/chromium';
/** Beside other work everything takes longer. */
const PATIENCE_MS = 15_000 * PATIENCE;
/** Nothing is asked of the server for so long: nothing more is to come. */
const STILL_MS = 120 * PATIENCE;
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

const EVENTS = '/api/ota/admin/events';

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

/** Where TanStack Router is, which it tells its developer tools. */
interface Routed {
  readonly __TSR_ROUTER__: {
    readonly state: {
      readonly status: 'pending' | 'idle';
      readonly location: { readonly href: string };
      readonly resolvedLocation?: { readonly href: string };
    };
  };
}

/** A person at a browser of their own, who sees the console and what goes wrong in it. */
export class Visitor {
  /** Violations of the policy, errors on the console, requests to elsewhere, in the order in which they came. */
  readonly faults: string[] = [];
  /** What its first page waits for, but for the stream of events, which never ends. */
  private readonly pending = new Set<Request>();

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
    const answer = this.page
      .getByRole('navigation')
      .or(this.page.getByRole('alert').filter({ hasText: /./ }))
      .first();
    for (let isBusy = true; isBusy;) {
      await this.page.getByRole('button', { name: 'Log in' }).click();
      await answer.waitFor();
      // It is said so when the machine has too much to do: then one presses again.
      isBusy = (await answer.textContent())?.includes('try again later') === true;
      if (isBusy) this.faults.splice(0, Infinity, ...this.faults.filter((fault) => !fault.includes('503')));
    }
    await this.isIn();
  }

  /** Resolves when the frame of the console is there, and says that it is live where there is room for that. */
  async isIn(page: Page = this.page): Promise<void> {
    const isPhone = (page.viewportSize()?.width ?? 0) < 768;
    try {
      await page.getByRole('navigation').first().waitFor();
      await page.locator('h1').first().waitFor();
      if (!isPhone) await page.getByText('Live', { exact: true }).waitFor();
    } catch (error) {
      const shown = await page.locator('body').innerText();
      const waits = [...this.pending].map((request) => request.url());
      throw new Error(`${page.url()} shows: ${shown}\n${[...this.faults, ...waits].join('\n')}`, {
        cause: error,
      });
    }
  }

  /** Goes there as a link does, without loading the page again, and waits until it is there. */
  async goTo(path: string): Promise<void> {
    await this.page.evaluate((to) => {
      history.pushState({}, '', to);
      dispatchEvent(new PopStateEvent('popstate'));
    }, path);
    // Until the page has begun to load, nothing is pending and the one before is whole.
    await this.page.waitForFunction(() => {
      const { location, resolvedLocation, status } = (window as unknown as Routed).__TSR_ROUTER__.state;
      const isTaken = location.href === window.location.pathname + window.location.search;
      return isTaken && resolvedLocation?.href === location.href && status === 'idle';
    });
    await this.isStill();
  }

  /** Resolves when everything that the page asked for is there, and nothing is being loaded for the first time. */
  async isStill(): Promise<void> {
    const giveUp = Date.now() + PATIENCE_MS;
    for (let since = Date.now(); Date.now() - since < STILL_MS;) {
      const isLoaded = await this.page.evaluate(
        () =>
          document.querySelector('h1') !== null && document.querySelector('[aria-label="Loading"]') === null,
      );
      if (this.pending.size > 0 || !isLoaded) since = Date.now();
      if (Date.now() > giveUp)
        throw new Error(
          `${this.page.url()} still loads: ${[...this.pending].map((one) => one.url()).join()}`,
        );
      await this.page.waitForTimeout(20);
    }
  }

  /**
   * Presses Tab from the beginning of the page until the keyboard has been everywhere.
   * @returns what it did not come to, and where no ring was seen; nothing is what is allowed
   */
  async lostKeyboard(): Promise<string[]> {
    const stops = await this.page.evaluate(focusWalk.begin);
    for (let stop = 0; stop < stops; stop++) await this.page.keyboard.press('Tab');
    return this.page.evaluate(focusWalk.end);
  }

  /**
   * @param rules only these; none: all
   * @returns what axe finds, as `rule: element`; nothing is what is allowed
   */
  async inaccessible(...rules: string[]): Promise<string[]> {
    // Not as a script of the page, which its policy would refuse.
    if (!(await this.page.evaluate(() => 'axe' in window))) await this.page.evaluate(AXE);
    const { violations } = await this.page.evaluate((only) => {
      const { axe } = window as unknown as { axe: { run: (options: object) => Promise<AxeResults> } };
      return axe.run({
        resultTypes: ['violations'],
        ...(only.length > 0 && { runOnly: { type: 'rule', values: only } }),
      });
    }, rules);
    return violations.flatMap(({ id, nodes }) =>
      nodes.map(({ html, failureSummary = '' }) => `${id}: ${html} ${failureSummary}`),
    );
  }

  /** Shows the page in the other colours, as its own button does. */
  async lookIn(theme: 'light' | 'dark'): Promise<void> {
    await this.page.evaluate((name) => {
      document.documentElement.dataset['theme'] = name;
    }, theme);
  }

  /** @returns how many pixels the page is wider than the window */
  overflow(): Promise<number> {
    return this.page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  }

  /** @returns what does not fit into the window or into what is around it; nothing is what is allowed */
  tooWide(): Promise<string[]> {
    return this.page.evaluate(cutOff);
  }

  /** Takes a picture for whoever looks into the folder for temporary files: `PICTURES=yes npm run test:console`. */
  async picture(name: string): Promise<void> {
    if (process.env['PICTURES'] === undefined) return;
    const path = join(tmpdir(), 'ota-console-pictures', `${name}.png`);
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
      if (page === this.page && !url.endsWith(EVENTS)) this.pending.add(request);
    });
    page.on('requestfinished', (request) => this.pending.delete(request));
    page.on('requestfailed', (request) => this.pending.delete(request));
  }
}
