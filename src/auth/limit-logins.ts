import type { RequestHandler } from 'express';
import { DomainError } from '../domain/errors.js';
import type { Metrics } from '../metrics/metrics.js';
import { clientNetwork } from './client-network.js';

const PER_NETWORK = 16;
const IN_ALL = 128;
/** Made once: a stack for each of a flood's requests would cost more than the refusal. */
const TOO_MANY = new DomainError(
  'TOO_MANY_ATTEMPTS',
  'Too many logins are under way from this address: try again in 1 second.',
  undefined,
  1,
);

/**
 * Refuses logins of which too many are under way, before their bodies are read: a burst costs the event loop little more
 * than its answers.
 */
export function limitLogins({ logins }: Metrics): RequestHandler {
  const underWay = new Map<string, number>();
  let inAll = 0;
  return (request, response, next) => {
    const network = clientNetwork(request.ip);
    const own = underWay.get(network) ?? 0;
    if (own >= PER_NETWORK || inAll >= IN_ALL) {
      logins.add(1, 'busy');
      next(TOO_MANY);
      return;
    }
    underWay.set(network, own + 1);
    inAll += 1;
    response.once('close', () => {
      const left = (underWay.get(network) ?? 1) - 1;
      if (left === 0) underWay.delete(network);
      else underWay.set(network, left);
      inAll -= 1;
    });
    next();
  };
}
