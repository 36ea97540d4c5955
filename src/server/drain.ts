import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { stopListening } from '../http/internals/node-server.js';

export interface DrainPatience {
  /** Kept-alive connections are closed when no request has come on any of them for so long. */
  readonly idleMs: number;
  /** For requests under way to end, before their connections are cut. */
  readonly cutMs: number;
}

type Request = [request: IncomingMessage, response: ServerResponse];
type Listener = (request: IncomingMessage, response: ServerResponse) => void;

const SWEEP_MS = 50;
/** Without a new connection for so long, those that were on their way have been accepted. */
const QUIET_MS = 50;
/** Clients that go on connecting are not waited for. */
const MOST_QUIET_MS = 2_000;

/**
 * Stops a server without resetting a request that was sent. Closing a listening socket resets the connections that wait to be
 * accepted, and closing a connection on which a request has arrived unread resets that. So new requests are held unanswered,
 * which keeps their clients from sending more, until everything on its way has been accepted; then the socket is closed, and
 * then the requests are answered, each as the last of its connection.
 */
export class Drain {
  private readonly held: Request[] = [];
  private listeners: Listener[] | undefined;
  private lastConnection = performance.now();
  private lastRequest = performance.now();
  private isClosed: Promise<void> | undefined;

  constructor(private readonly server: Server) {}

  /** Resolves when no connection is on its way any more. Requests that come wait from now on. */
  async hold(): Promise<void> {
    const { server } = this;
    this.takeOver();
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      response.shouldKeepAlive = false;
      this.held.push([request, response]);
    });
    server.on('connection', () => {
      this.lastConnection = performance.now();
    });
    const begin = performance.now();
    this.lastConnection = begin;
    for (let rounds = 0; ; rounds++) {
      // Behind the phase of the event loop in which connections are accepted, all that waited.
      await new Promise((resolve) => setTimeout(resolve, SWEEP_MS / 10));
      await new Promise((resolve) => setImmediate(resolve));
      const now = performance.now();
      const isQuiet = rounds > 1 && now - this.lastConnection >= QUIET_MS;
      if (isQuiet || now - begin > MOST_QUIET_MS) return;
    }
  }

  /** Accepts no more connections. */
  close(): void {
    this.isClosed ??= new Promise((resolve) => {
      stopListening(this.server, resolve);
    });
  }

  /** Answers what was held and what still comes; without a hold before, what comes. Resolves when all connections have ended or were cut. */
  async finish({ idleMs, cutMs }: DrainPatience): Promise<void> {
    const { server } = this;
    this.lastRequest = performance.now();
    this.takeOver();
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      response.shouldKeepAlive = false;
      this.answer(request, response);
    });
    for (const [request, response] of this.held.splice(0)) {
      if (!request.socket.destroyed) this.answer(request, response);
    }
    const sweep = setInterval(() => {
      if (performance.now() - this.lastRequest >= idleMs) server.closeIdleConnections();
    }, SWEEP_MS);
    const cut = setTimeout(() => {
      server.closeAllConnections();
    }, cutMs);
    await this.isClosed;
    clearInterval(sweep);
    clearTimeout(cut);
  }

  private takeOver(): void {
    this.listeners ??= this.server.listeners('request') as Listener[];
    this.server.removeAllListeners('request');
  }

  private answer(request: IncomingMessage, response: ServerResponse): void {
    this.lastRequest = performance.now();
    response.once('close', () => {
      this.lastRequest = performance.now();
    });
    for (const listener of this.listeners ?? []) listener.call(this.server, request, response);
  }
}
