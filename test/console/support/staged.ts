import type { Browser } from 'playwright-core';
import { openBrowser } from './browser.js';
import { ConsoleServer } from './console-server.js';
import { setStage, type Stage } from './stage.js';

/** A server in use, and a browser; there from the first test on. */
export interface Staged {
  readonly server: ConsoleServer;
  readonly browser: Browser;
  readonly stage: Stage;
}

/** To be called in a `describe`, of whose tests each may use what it returns. */
export function staged(): Staged {
  const result = {} as { -readonly [Name in keyof Staged]: Staged[Name] };
  beforeAll(async () => {
    [result.server, result.browser] = await Promise.all([ConsoleServer.start(), openBrowser()]);
    result.stage = await setStage(result.server);
  });
  afterAll(async () => {
    await result.browser.close();
    await result.server.stop();
  });
  return result;
}
