import type { IncomingMessage, ServerResponse } from 'node:http';
import { Inject, Injectable, type BeforeApplicationShutdown } from '@nestjs/common';
import { AdminBearer } from '../../auth/auth.exports.js';
import { APP_CONFIG, type AppConfig } from '../../config/app-config.js';
import { newestOfEach } from '../../domain/event-coalescer.js';
import { comparePlaces, parseCursor, type EventPlace } from '../../domain/event-place.js';
import { EVENT_KINDS, type EventKind } from '../../domain/event-types.js';
import { DomainError } from '../../domain/errors.js';
import { may, type Role } from '../../domain/permissions.js';
import type { Principal } from '../../domain/principal.js';
import { Readiness } from '../../http/health/readiness.js';
import { Metrics } from '../../metrics/metrics.js';
import { EventRepository } from '../event.repository.js';
import { EventClient } from './event-client.js';
import { EventTail, type TailListener } from './event-tail.js';
import { frameOf, type Frame } from './frame.js';

export interface StreamRequest {
  /** undefined: all that the role may see. */
  readonly kinds: readonly EventKind[] | undefined;
  /** As it was sent; undefined: from now on. */
  readonly lastEventId: string | undefined;
}

interface OpenStream {
  /** The user's id: tokens are as many as somebody makes. */
  readonly owner: number;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly client: EventClient;
  role: Role;
  beatenAt: number;
}

/** How long a stream may go on after its access has ended, or the server begins to stop. */
const SWEEP_MS = 250;
const MAX_STREAMS = 100;
/** Of which so many are left to admins, who look when something goes wrong. */
const FOR_ADMINS = 10;
const MAX_OF_ONE = 20;
const RETRY_SECONDS = 10;
/** Who has missed more is told to read its lists again. */
const MOST_MISSED = 5_000;
/** A client that takes nothing for so long is gone. */
const MOST_SILENT_MS = 60_000;

const HEADERS = {
  'Content-Type': 'text/event-stream; charset=utf-8',
  // Proxies of the kind of nginx would keep the events until there are enough.
  'X-Accel-Buffering': 'no',
};

/** The open event streams of this process. Each ends with the access that it was opened with, and when the server stops. */
@Injectable()
export class EventStreams implements BeforeApplicationShutdown {
  private readonly streams = new Set<OpenStream>();
  private readonly heartbeatMs: number;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    @Inject(APP_CONFIG) { limits }: AppConfig,
    private readonly tail: EventTail,
    private readonly events: EventRepository,
    private readonly bearer: AdminBearer,
    private readonly readiness: Readiness,
    metrics: Metrics,
  ) {
    this.heartbeatMs = limits.eventHeartbeatMs;
    metrics.eventStreams.watch('', () => this.streams.size);
  }

  beforeApplicationShutdown(): void {
    for (const stream of this.streams) stream.response.end();
    clearInterval(this.timer);
  }

  /** @throws DomainError TOO_MANY_STREAMS, OVERLOADED, before anything is answered */
  async open(
    principal: Principal,
    request: IncomingMessage,
    response: ServerResponse,
    { kinds = EVENT_KINDS, lastEventId }: StreamRequest,
  ): Promise<void> {
    const cursor = lastEventId === undefined ? null : await this.placeOf(lastEventId);
    this.refuseMore(principal);
    if (request.method === 'HEAD') {
      response.writeHead(200, HEADERS).end();
      return;
    }
    const stream: OpenStream = {
      owner: principal.id,
      request,
      response,
      role: principal.role,
      beatenAt: performance.now(),
      client: new EventClient(
        response,
        (kind) => kinds.includes(kind) && (kind !== 'audit' || may(stream.role, 'admin')),
        cursor ?? { place: 0, id: 0 },
      ),
    };
    const { client } = stream;
    const listener: TailListener = {
      onEvents: (frames, upTo) => {
        client.add(frames, upTo);
      },
      onGap: (upTo) => {
        client.skip(upTo);
      },
    };
    this.add(stream);
    const close = (): void => {
      this.tail.leave(listener);
      this.remove(stream);
    };
    response.once('close', close);
    // A client that has gone closes its side, which alone ends no answer.
    request.socket.once('end', () => response.destroy());
    try {
      const from = await this.tail.listen(listener);
      const missed = lastEventId === undefined ? [] : await this.missed(cursor, from);
      if (response.destroyed) {
        close();
        return;
      }
      response.writeHead(200, HEADERS);
      client.begin(missed, from, 'What happened meanwhile is not known any more.');
    } catch (error) {
      close();
      throw error;
    }
  }

  /** @returns null for a place that is no longer known, or that this database has not come to */
  private async placeOf(lastEventId: string): Promise<EventPlace | null> {
    const place = parseCursor(lastEventId, new Date());
    return place && comparePlaces(place, await this.events.end()) <= 0 ? place : null;
  }

  private refuseMore({ id, role }: Principal): void {
    const most = may(role, 'admin') ? MAX_STREAMS : MAX_STREAMS - FOR_ADMINS;
    if (this.readiness.stage === 'stopping' || this.streams.size >= most) {
      throw new DomainError('OVERLOADED', 'This server has no event stream to spare; try again later.');
    }
    const own = [...this.streams].filter((stream) => stream.owner === id).length;
    if (own < MAX_OF_ONE) return;
    throw new DomainError(
      'TOO_MANY_STREAMS',
      `You have ${own} event streams open, which is the most for a user.`,
      undefined,
      RETRY_SECONDS,
    );
  }

  /** @returns null when it is too much, or nobody knows */
  private async missed(cursor: EventPlace | null, upTo: EventPlace): Promise<Frame[] | null> {
    if (!cursor) return null;
    const events = await this.events.readBetween(cursor, upTo, MOST_MISSED + 1);
    if (events.length > MOST_MISSED) return null;
    const now = new Date();
    return newestOfEach(events).map((event) => frameOf(event, now));
  }

  private add(stream: OpenStream): void {
    this.streams.add(stream);
    this.timer ??= setInterval(() => void this.sweep(), SWEEP_MS).unref();
  }

  private remove(stream: OpenStream): void {
    this.streams.delete(stream);
    if (this.streams.size > 0) return;
    clearInterval(this.timer);
    this.timer = undefined;
  }

  private async sweep(): Promise<void> {
    const isStopping = this.readiness.stage === 'stopping';
    await Promise.all([...this.streams].map((stream) => this.look(stream, isStopping)));
  }

  private async look(stream: OpenStream, isStopping: boolean): Promise<void> {
    const { client, request, response } = stream;
    if (client.silentMs > MOST_SILENT_MS) response.destroy();
    else if (isStopping || !(await this.isLive(stream, request))) response.end();
    else if (performance.now() - stream.beatenAt >= this.heartbeatMs) {
      stream.beatenAt = performance.now();
      client.beat();
    }
  }

  /** What the database cannot say stays as it was. */
  private async isLive(stream: OpenStream, request: IncomingMessage): Promise<boolean> {
    try {
      const principal = await this.bearer.identify(request);
      if (principal) stream.role = principal.role;
      return principal !== null;
    } catch {
      return true;
    }
  }
}
