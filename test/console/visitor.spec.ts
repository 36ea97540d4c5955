import type { Browser } from 'playwright-core';
import { openBrowser, Visitor } from './support/browser.js';
import { ConsoleServer } from './support/console-server.js';

/** Whoever looks for faults and finds none may not have looked: here there is one of each kind. */
describe('a visitor sees', () => {
  let server: ConsoleServer;
  let browser: Browser;
  let visitor: Visitor;

  beforeAll(async () => {
    [server, browser] = await Promise.all([ConsoleServer.start(), openBrowser()]);
  });
  afterAll(async () => {
    await browser.close();
    await server.stop();
  });
  beforeEach(async () => {
    visitor = await Visitor.open(server, browser, { size: 'phone' });
    await visitor.page.goto('/');
    await visitor.page.getByLabel('User name').waitFor();
  });
  afterEach(async () => {
    await visitor.close();
  });

  /** Adds elements to the page without what its policy refuses. */
  const add = (text: string, style: Readonly<Record<string, string>>, around = ''): Promise<void> =>
    visitor.page.evaluate(
      ([words, look, place]) => {
        const element = document.createElement('button');
        element.textContent = words;
        Object.assign(element.style, look);
        const parent = place === '' ? document.querySelector('main')! : document.createElement('div');
        if (place !== '') {
          parent.setAttribute('data-place', place);
          parent.style.overflow = 'hidden';
          parent.style.width = '100px';
          document.querySelector('main')!.append(parent);
        }
        parent.append(element);
      },
      [text, style, around] as const,
    );

  it('nothing on a page that is well', async () => {
    expect(await visitor.inaccessible()).toEqual([]);
    expect(await visitor.tooWide()).toEqual([]);
    expect(await visitor.lostKeyboard()).toEqual([]);
    expect(visitor.faults).toEqual([]);
  });

  it('what the policy of the page refuses, and what goes elsewhere', async () => {
    await visitor.page.evaluate(() => {
      const style = document.createElement('style');
      style.textContent = 'p { color: red }';
      document.head.append(style);
      const picture = document.createElement('img');
      picture.src = 'https://example.com/pixel.png';
      document.body.append(picture);
    });
    expect(visitor.faults.join('\n')).toContain('style-src');
    expect(visitor.faults.join('\n')).toContain('https://example.com/pixel.png');
  });

  it('what cannot be read', async () => {
    await add('Hardly seen', { color: '#ccc', background: '#fff' });
    expect((await visitor.inaccessible()).join()).toContain('color-contrast');
    expect((await visitor.inaccessible('color-contrast')).join()).toContain('Hardly seen');
  });

  it('what is wider than the window, or cut off', async () => {
    await add('Too wide for it', { width: '120px', flexShrink: '0' }, 'narrow');
    expect((await visitor.tooWide()).join()).toContain('Too wide for it');
    await add('As wide as a desk', { width: '900px' });
    expect((await visitor.tooWide()).join()).toMatch(/px are cut off: <main/);
  });

  it('where the keyboard is not seen, and where it does not come', async () => {
    await add('Without a ring', { outline: 'none' });
    await visitor.page.evaluate(() => {
      document.querySelector('main')!.addEventListener('keydown', (event) => {
        if (document.activeElement?.textContent === 'Without a ring') event.preventDefault();
      });
    });
    await add('Never reached', {});
    const lost = (await visitor.lostKeyboard()).join('\n');
    expect(lost).toMatch(/No ring is seen: .*Without a ring/);
    expect(lost).toMatch(/does not come to .*Never reached/);
  });
});
