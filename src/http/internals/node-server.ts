import type { Server } from 'node:http';
import { Server as NetServer } from 'node:net';

/*
 * Uses what Node's HTTP server has and its types do not tell. `requireHostHeader` is documented as an option of
 * createServer, which Nest calls without options; `httpAllowHalfOpen` is not documented; and that the `close` of net.Server
 * works on it is nowhere promised. Tried with Node.js 20.20; test/http/internals.spec.ts fails when they lose their effect.
 * It may go when Nest takes options for a server without TLS, and Node documents half-open connections and a way to stop
 * listening that leaves idle connections open.
 */
interface ServerSwitches {
  httpAllowHalfOpen: boolean;
  requireHostHeader: boolean;
}

/**
 * A client that has sent all that it will send still gets its answers; and a request without Host is not refused by Node,
 * which would answer an empty 400.
 */
export function takeOddRequests(server: Server): void {
  const switches = server as Server & ServerSwitches;
  switches.httpAllowHalfOpen = true;
  switches.requireHostHeader = false;
}

/**
 * Accepts no more connections. The `close` of http.Server would also cut idle ones at once, on which a request may be on
 * its way.
 * @param then is called when the last connection has ended
 */
export function stopListening(server: Server, then: () => void): void {
  NetServer.prototype.close.call(server, then);
}
