import type { IncomingMessage, ServerResponse } from 'node:http';
import { Logger } from '@nestjs/common';
import proxyAddr from 'proxy-addr';
import type { RequestHandler } from 'express';
import type { Metrics } from '../metrics/metrics.js';
import { routeName } from '../metrics/route-name.js';
import { LOG_LEVELS, type AppConfig } from '../config/app-config.js';
import { withRequestId } from './request-context.js';

const QUIET = '/health';

/** Watches a request, known by its id, from now until its answer has gone out or its client went away before. */
export type RequestWatch = (request: IncomingMessage, response: ServerResponse, id: string) => void;

/** The one place where a request ends, whichever way it came: its path, status and time are known here. */
export function requestWatch(
  { trustProxy, logLevel }: Pick<AppConfig, 'trustProxy' | 'logLevel'>,
  metrics: Metrics,
  logger = new Logger('Access'),
): RequestWatch {
  const trust = proxyAddr.compile([...trustProxy]);
  const isLogged = LOG_LEVELS.indexOf(logLevel) >= LOG_LEVELS.indexOf('info');

  return (request, response, id) => {
    const begun = performance.now();
    const url = request.url ?? '';
    const { socket } = request;
    const sentBefore = socket.bytesWritten;
    response.once('close', () => {
      const route = routeName(url);
      metrics.requests.add(1, route, response.writableFinished ? response.statusCode : 'aborted');
      metrics.duration.observe((performance.now() - begun) / 1000, route);
      metrics.bytesSent.add(socket.bytesWritten - sentBefore, route);
      if (!isLogged) return;
      const milliseconds = (performance.now() - begun).toFixed(1);
      const outcome = response.writableFinished ? String(response.statusCode) : 'aborted';
      // The path alone: a query may hold a signature.
      const path = url.split('?', 1)[0] ?? '';
      const address = request.socket.remoteAddress === undefined ? '-' : proxyAddr(request, trust);
      const line = `${request.method ?? ''} ${path} ${outcome} ${milliseconds}ms ${address}`;
      withRequestId(id, () => {
        if (path.startsWith(QUIET)) logger.debug(line);
        else logger.log(line);
      });
    });
  };
}

/** {@link requestWatch} for what comes through Express. */
export function accessLog(
  config: Pick<AppConfig, 'trustProxy' | 'logLevel'>,
  metrics: Metrics,
): RequestHandler {
  const watch = requestWatch(config, metrics);
  return (request, response, next) => {
    watch(request, response, String(response.getHeader('X-Request-Id')));
    next();
  };
}
