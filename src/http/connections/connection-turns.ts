import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/**
 * Requests of one connection that may be handled before their turn, when the handler holds nothing for its answer:
 * a gateway that sends the reports of many devices at once lets them share a transaction.
 */
const AHEAD = 16;
/** Of all connections together: whoever asks alone waits behind no more of them than these. */
const AHEAD_OVERALL = 64;

const LAST_ANSWER = Symbol('last answer');
const LAST_TURN = Symbol('last turn');

interface Connection extends Socket {
  [LAST_ANSWER]?: ServerResponse;
  /** The number of the turn that its newest request came in. */
  [LAST_TURN]?: number;
}

/**
 * Held requests that are begun in one turn of the event loop, over all connections: a request that is alone on its
 * connection waits for no more than these.
 */
const EACH_TURN = 16;
/** After so much of a turn no more of them begin: a document takes as long as a dozen checks. */
const TURN_MS = 1;
/**
 * After so much of a turn the requests that come in it are held, too. libuv accepts one connection in each turn, so that
 * the last of fifty new ones waits for fifty turns in which those before it, and all others, are served.
 */
const MOST_OF_TURN_MS = 2;

/** The answer to the newest request of a connection. */
export const lastAnswerOn = (socket: Socket): ServerResponse | undefined =>
  (socket as Connection)[LAST_ANSWER];

/**
 * Handles the requests of one connection one after the other. A client may send many at once (RFC 9112 §9.3.2), and Node
 * dispatches all of one read in the same turn of the event loop. Here a handler starts when its answer has the connection:
 * only such an answer hears that the connection closed, so whatever a handler opened for it is released. While requests
 * are held, the connection is not read, and few of all connections begin in each turn of the event loop, so that bursts
 * cannot keep others waiting.
 */
export class ConnectionTurns {
  /** Of the connections on which requests had to wait. */
  private readonly held = new WeakMap<Socket, HeldRequests>();
  private readonly slices = new Slices();
  private readonly budget = new AheadBudget();
  private readonly loopTurns = new LoopTurns();

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
    const turn = this.loopTurns.current();
    // A handler may answer at once, and Node then gives the connection to the next request of the same read: only the first begins here.
    const isFirstOfTurn = socket[LAST_TURN] !== turn;
    socket[LAST_TURN] = turn;
    if (isFirstOfTurn && response.socket !== null && !this.loopTurns.isSpent()) {
      this.handle(request, response);
      return;
    }
    this.heldOn(socket).add(request, response);
  }

  private heldOn(socket: Socket): HeldRequests {
    const known = this.held.get(socket);
    if (known) return known;
    const held = new HeldRequests(socket, this.slices, this.budget, this.handle, this.mayRunAhead);
    this.held.set(socket, held);
    return held;
  }
}

/**
 * Numbers the turns of the event loop in which requests come, with one callback for all requests of a turn. Ticks do not
 * tell: Node runs them after each body, also within one read.
 */
class LoopTurns {
  private number = 0;
  private isOpen = false;
  private openedAt = 0;

  current(): number {
    if (!this.isOpen) {
      this.isOpen = true;
      this.openedAt = performance.now();
      setImmediate(this.close);
    }
    return this.number;
  }

  /** Whether enough was done in this turn. */
  isSpent(): boolean {
    return performance.now() > this.openedAt + MOST_OF_TURN_MS;
  }

  private readonly close = (): void => {
    this.isOpen = false;
    this.number += 1;
  };
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

/**
 * Shares out the turns of the event loop among the connections on which a request may begin, one request by one: to those
 * with a single request and to those with more in turn, so that whoever asks alone does not wait behind many bursts.
 */
class Slices {
  /** Each in the order in which they are served. */
  private readonly alone = new Set<HeldRequests>();
  private readonly bursts = new Set<HeldRequests>();
  private isForBursts = false;
  private isScheduled = false;

  add(held: HeldRequests): void {
    const [queue, other] = held.isAlone ? [this.alone, this.bursts] : [this.bursts, this.alone];
    other.delete(held);
    // It keeps its place if it has one.
    queue.add(held);
    this.schedule();
  }

  private schedule(): void {
    if (this.isScheduled) return;
    this.isScheduled = true;
    setImmediate(this.run);
  }

  private readonly run = (): void => {
    this.isScheduled = false;
    let left = EACH_TURN;
    const end = performance.now() + TURN_MS;
    while (left > 0 && performance.now() <= end) {
      const held = this.takeNext();
      if (!held) return;
      if (!held.beginNext()) continue;
      left -= 1;
      // Visited again, after the others.
      this.add(held);
    }
    if (this.alone.size + this.bursts.size > 0) this.schedule();
  };

  private takeNext(): HeldRequests | undefined {
    const [first, other] = this.isForBursts ? [this.bursts, this.alone] : [this.alone, this.bursts];
    this.isForBursts = !this.isForBursts;
    const queue = first.size > 0 ? first : other;
    const [next] = queue;
    if (next) queue.delete(next);
    return next;
  }
}

/**
 * Places for requests that are begun before their turn. A connection that gets none goes on one request after the other.
 */
class AheadBudget {
  private left = AHEAD_OVERALL;

  acquire(): boolean {
    if (this.left === 0) return false;
    this.left -= 1;
    return true;
  }

  release(places: number): void {
    this.left += places;
  }
}

class HeldRequests {
  private readonly waiting: Held[] = [];
  private ahead = 0;

  constructor(
    private readonly socket: Socket,
    private readonly slices: Slices,
    private readonly budget: AheadBudget,
    private readonly handle: RequestListener,
    private readonly mayRunAhead: (request: IncomingMessage) => boolean,
  ) {
    // Whoever reads a body resumes the connection, too.
    socket.on('resume', () => {
      if (this.waiting.length > 0) socket.pause();
    });
    socket.once('close', () => {
      this.waiting.length = 0;
      // Answers that never get the connection do not hear that it closed.
      this.release(this.ahead);
    });
  }

  get isAlone(): boolean {
    return this.waiting.length <= 1;
  }

  add(request: IncomingMessage, response: ServerResponse): void {
    this.waiting.push({ request, response });
    // Node emits it when the answers before this one are out.
    response.once('socket', this.schedule);
    this.socket.pause();
    this.schedule();
  }

  /** @returns whether a request was begun */
  beginNext(): boolean {
    const [next] = this.waiting;
    const mayBegin = next !== undefined && this.mayBegin(next);
    if (mayBegin) {
      this.waiting.shift();
      this.handle(next.request, next.response);
    }
    if (this.waiting.length === 0) this.socket.resume();
    return mayBegin;
  }

  private readonly schedule = (): void => {
    this.slices.add(this);
  };

  private mayBegin({ request, response }: Held): boolean {
    if (!this.socket.writable) return false;
    if (response.socket !== null) return true;
    if (this.ahead >= AHEAD || !request.complete || !this.mayRunAhead(request)) return false;
    if (!this.budget.acquire()) return false;
    this.ahead += 1;
    response.once('socket', () => {
      if (this.ahead > 0) this.release(1);
    });
    return true;
  }

  private release(places: number): void {
    this.ahead -= places;
    this.budget.release(places);
  }
}
