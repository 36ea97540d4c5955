import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { Logger } from '@nestjs/common';
import proxyAddr from 'proxy-addr';
import type { RequestHandler } from 'express';
import type { Metrics } from '../metrics/metrics.js';
import { routeName } from '../metrics/route-name.js';
import { LOG_LEVELS, type AppConfig } from '../config/app-config.js';
import { quoted } from '../domain/quoted.js';
import { principalOf } from './principal.js';
import { withRequestId } from './request-context.js';

const QUIET = '/health';

/** A request when it came. */
export interface Arrival {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** Its {@link routeName}. */
  readonly route: string;
  /** Reading of `performance.now()`. */
  readonly begun: number;
  /** Bytes that its connection had sent by then. */
  readonly sentBefore: number;
}

/** The one place where a request ends, whichever way it came: its path, status and time are known here. */
export class AccessLog {
  private readonly trust: ReturnType<typeof proxyAddr.compile>;
  private readonly isLogged: boolean;

  constructor(
    { trustProxy, logLevel }: Pick<AppConfig, 'trustProxy' | 'logLevel'>,
    private readonly metrics: Metrics,
    private readonly logger = new Logger('Access'),
  ) {
    this.trust = proxyAddr.compile([...trustProxy]);
    this.isLogged = LOG_LEVELS.indexOf(logLevel) >= LOG_LEVELS.indexOf('info');
  }

  /** Waits until the answer has gone out or the client went away before. */
  watch(arrival: Arrival, id: string): void {
    const { request, response } = arrival;
    // Express changes it.
    const { url = '' } = request;
    response.once('close', () => {
      this.ended(arrival, id, response.writableFinished ? response.statusCode : 'aborted', url);
    });
  }

  /** @param outcome the status, or that the client went away before */
  ended(
    { request, route, begun, sentBefore }: Arrival,
    id: string,
    outcome: number | 'aborted',
    url = request.url ?? '',
  ): void {
    const milliseconds = performance.now() - begun;
    this.metrics.requests.add(1, route, outcome);
    this.metrics.duration.observe(milliseconds / 1000, route);
    this.metrics.bytesSent.add(request.socket.bytesWritten - sentBefore, route);
    if (this.isLogged) this.write(request, id, url, `${outcome} ${milliseconds.toFixed(1)}ms`);
  }

  /** What is no request: only its address is known. */
  refused(socket: Socket, id: string, status: number, reason: string): void {
    this.metrics.requests.add(1, 'other', status);
    if (!this.isLogged) return;
    withRequestId(id, () => {
      this.logger.log(`- - ${status} ${socket.remoteAddress ?? '-'} ${reason}`);
    });
  }

  private write(request: IncomingMessage, id: string, url: string, outcome: string): void {
    // The path alone: a query may hold a signature.
    const path = url.split('?', 1)[0] ?? '';
    const address = request.socket.remoteAddress === undefined ? '-' : proxyAddr(request, this.trust);
    const principal = principalOf(request);
    const by = principal ? ` by ${quoted(principal.name)}` : '';
    const line = `${request.method ?? ''} ${path} ${outcome} ${address}${by}`;
    withRequestId(id, () => {
      if (path.startsWith(QUIET)) this.logger.debug(line);
      else this.logger.log(line);
    });
  }
}

/** {@link AccessLog} for what comes through Express. */
export function accessLog(log: AccessLog): RequestHandler {
  return (request, response, next) => {
    const { originalUrl, socket } = request;
    const arrival = {
      request,
      response,
      route: routeName(originalUrl),
      begun: performance.now(),
      sentBefore: socket.bytesWritten,
    };
    log.watch(arrival, String(response.getHeader('X-Request-Id')));
    next();
  };
}
