import type { RequestHandler } from 'express';
import { routeName } from '../metrics/route-name.js';
import type { LoadMonitor } from './load-monitor.js';

/** Refuses, under load, what has come by Express, before its body is read. */
export function shedLoad(load: LoadMonitor): RequestHandler {
  return (request, _response, next) => {
    next(load.refusalOf(routeName(request.originalUrl)) ?? undefined);
  };
}
