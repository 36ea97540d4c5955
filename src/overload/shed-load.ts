import type { RequestHandler } from 'express';
import { routeName } from '../metrics/route-name.js';
import type { LoadMonitor } from './load-monitor.js';

/** Express middleware that refuses requests under load, before their bodies are read. */
export function shedLoad(load: LoadMonitor): RequestHandler {
  return (request, _response, next) => {
    next(load.refusalOf(routeName(request.originalUrl)) ?? undefined);
  };
}
