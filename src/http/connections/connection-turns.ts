import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/**
 * Requests of one connection that may be handled before their turn, when the handler holds nothing for its answer:
 * a gateway that sends the reports of many devices at once lets them share a transaction.
 */
const AHEAD = 16;

const LAST_ANSWER = Symbol('last answer');

interface Connection extends Socket {
  [LAST_ANSWER]?: ServerResponse;
}

/** The answer to the newest request of a connection. */
export const lastAnswerOn = (socket: Socket): ServerResponse | undefined =>
  (socket as Connection)[LAST_ANSWER];

/**
 * Handles the requests of one connection one after the other. A client may send many at once (RFC 9112 §9.3.2), and Node
 * dispatches all of one read in the same turn of the event loop. Here a handler starts when its answer has the connection:
 * only such an answer hears that the connection closed, so whatever a handler opened for it is released. While requests
 * are held, the connection is not read, and each waits for a turn of the event loop, so that a burst cannot keep others
 * waiting.
 */
export class ConnectionTurns {
  /** Of the connections on which requests had to wait. */
  private readonly held = new WeakMap<Socket, HeldRequests>();

  /**
   * @param handle handles a request
   * @param mayRunAhead whether a complete request may be handled before its turn: its handler waits for no event of the
   * answer
   */
  constructor(
    private readonly handle: RequestListener,
    private readonly mayRunAhead: (request: IncomingMessage) => boolean,
  ) {}

  take(request: IncomingMessage, response: ServerResponse): void {
    const socket = request.socket as Connection;
    socket[LAST_ANSWER] = response;
    if (response.socket !== null) {
      this.handle(request, response);
      return;
    }
    this.heldOn(socket).add(request, response);
  }

  private heldOn(socket: Socket): HeldRequests {
    const known = this.held.get(socket);
    if (known) return known;
    const held = new HeldRequests(socket, this.handle, this.mayRunAhead);
    this.held.set(socket, held);
    return held;
  }
}

/** For a request that was begun ahead and needs its turn after all. */
export function inTurn({ socket }: IncomingMessage, response: ServerResponse, start: () => void): void {
  if (response.socket !== null) {
    start();
    return;
  }
  response.once('socket', () => {
    setImmediate(() => {
      if (socket.writable) start();
    });
  });
}

interface Held {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

class HeldRequests {
  private readonly waiting: Held[] = [];
  private ahead = 0;
  private isScheduled = false;

  constructor(
    private readonly socket: Socket,
    private readonly handle: RequestListener,
    private readonly mayRunAhead: (request: IncomingMessage) => boolean,
  ) {
    // Whoever reads a body resumes the connection, too.
    socket.on('resume', () => {
      if (this.waiting.length > 0) socket.pause();
    });
    socket.once('close', () => {
      this.waiting.length = 0;
    });
  }

  add(request: IncomingMessage, response: ServerResponse): void {
    this.waiting.push({ request, response });
    // Node emits it when the answers before this one are out.
    response.once('socket', this.schedule);
    this.socket.pause();
    this.schedule();
  }

  private readonly schedule = (): void => {
    if (this.isScheduled) return;
    this.isScheduled = true;
    setImmediate(this.run);
  };

  private readonly run = (): void => {
    this.isScheduled = false;
    for (let next = this.waiting[0]; next && this.mayBegin(next); next = this.waiting[0]) {
      this.waiting.shift();
      this.handle(next.request, next.response);
    }
    if (this.waiting.length === 0) this.socket.resume();
  };

  private mayBegin({ request, response }: Held): boolean {
    if (!this.socket.writable) return false;
    if (response.socket !== null) return true;
    if (this.ahead >= AHEAD || !request.complete || !this.mayRunAhead(request)) return false;
    this.ahead += 1;
    response.once('socket', () => {
      this.ahead -= 1;
    });
    return true;
  }
}
