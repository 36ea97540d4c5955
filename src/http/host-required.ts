import type { RequestHandler } from 'express';
import { TransportError } from './problem.js';

/** Refuses what RFC 9112 §3.2 says must be refused, as a problem document; Node would answer an empty 400. */
export const hostRequired: RequestHandler = ({ headers, httpVersion }, _response, next) => {
  if (headers.host !== undefined || httpVersion !== '1.1') next();
  else next(new TransportError('BAD_REQUEST', 'An HTTP/1.1 request must have a Host header.'));
};
