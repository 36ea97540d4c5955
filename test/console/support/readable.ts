import type { Browser } from 'playwright-core';
import { Visitor, type SIZES } from './browser.js';
import type { ConsoleServer } from './console-server.js';

/** A page as somebody sees it at a desk or on a phone. */
export interface Look {
  readonly size: keyof typeof SIZES;
  readonly theme: 'light' | 'dark';
}

/** Lets a visitor of each size do it, of whom nothing may have gone wrong in the end. */
export async function atEachSize(
  [server, browser]: readonly [ConsoleServer, Browser],
  theme: Look['theme'],
  visit: (visitor: Visitor, look: Look) => Promise<void>,
): Promise<void> {
  for (const size of ['desk', 'phone'] as const) {
    const visitor = await Visitor.open(server, browser, { theme, size });
    await visit(visitor, { size, theme });
    expect(visitor.faults).toEqual([]);
    await visitor.close();
  }
}

/** That axe finds nothing on the page that is shown, and that it fits. @param name of its picture */
export async function expectReadable(visitor: Visitor, name: string, { size, theme }: Look): Promise<void> {
  await visitor.picture(`${name}-${size}-${theme}`);
  expect(await visitor.inaccessible()).toEqual([]);
  expect(await visitor.tooWide()).toEqual([]);
}
