import type { Server } from 'node:http';
import { Server as NetServer } from 'node:net';

export interface DrainPatience {
  /** For a kept-alive connection to send its next request, which is answered with `Connection: close`. */
  readonly idleMs: number;
  /** For requests under way to end, before their connections are cut. */
  readonly cutMs: number;
}

const SWEEP_MS = 50;

/** Accepts no more connections, and resolves when those that are there have ended or were cut. */
export async function drain(server: Server, { idleMs, cutMs }: DrainPatience): Promise<void> {
  server.prependListener('request', (_request, response) => {
    response.shouldKeepAlive = false;
  });
  let sweep: NodeJS.Timeout | undefined;
  const patience = setTimeout(() => {
    server.closeIdleConnections();
    sweep = setInterval(() => server.closeIdleConnections(), SWEEP_MS);
  }, idleMs);
  const cut = setTimeout(() => server.closeAllConnections(), cutMs);
  await new Promise((resolve) => {
    // That of http would cut idle connections at once, on which a request may be on its way.
    NetServer.prototype.close.call(server, resolve);
  });
  clearTimeout(patience);
  clearInterval(sweep);
  clearTimeout(cut);
}
