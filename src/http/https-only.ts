import type { RequestHandler } from 'express';
import { TransportError } from './problem.js';

/** Refuses plain HTTP, except to health checks, which come from the machine's own surroundings. */
export const httpsOnly: RequestHandler = (request, _response, next) => {
  if (request.secure || request.path === '/health' || request.path.startsWith('/health/')) next();
  else next(new TransportError('HTTPS_REQUIRED', 'This server answers HTTPS only; use https:// in the URL.'));
};
