import { Logger } from '@nestjs/common';
import type { RequestHandler } from 'express';

const QUIET = '/health';

/** One line for each request when its answer has gone out, or when the client went away before. */
export function accessLog(logger = new Logger('Access')): RequestHandler {
  return (request, response, next) => {
    const begun = performance.now();
    // The path alone: a query may hold a signature. `url` may be rewritten by then, so it is read here.
    const path = request.originalUrl.split('?', 1)[0] ?? '';
    response.once('close', () => {
      const milliseconds = (performance.now() - begun).toFixed(1);
      const outcome = response.writableFinished ? String(response.statusCode) : 'aborted';
      const line = `${request.method} ${path} ${outcome} ${milliseconds}ms ${request.ip ?? '-'}`;
      if (path.startsWith(QUIET)) logger.debug(line);
      else logger.log(line);
    });
    next();
  };
}
