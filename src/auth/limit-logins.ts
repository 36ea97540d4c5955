import type { Request, Response } from 'express';
import { DomainError } from '../domain/errors.js';
import type { LoginLimit } from '../http/mount-surface.js';
import type { Metrics } from '../metrics/metrics.js';
import { clientNetwork } from '../overload/client-network.js';

/** Logins of one network whose bodies have not come in; each may hold its place for as long as a body may take. */
const AWAITED_PER_NETWORK = 64;
/** Logins of one network whose bodies have come in and that are not answered. */
const UNDER_WAY_PER_NETWORK = 16;
/** Made once: a stack for each of a flood's requests would cost more than the refusal. */
const TOO_MANY = new DomainError(
  'TOO_MANY_ATTEMPTS',
  'Too many logins are under way from this address: try again in 1 second.',
  undefined,
  1,
);

/**
 * Refuses logins of which too many are under way from one network. Most of a burst is refused before its bodies are read,
 * and costs the event loop little more than its answers. There is no limit over all networks: whoever holds connections
 * from a few addresses would keep everybody else out. The queue of LoginGate limits what is verified in all.
 */
export function limitLogins({ logins }: Metrics): LoginLimit {
  const awaited = new Places(AWAITED_PER_NETWORK);
  const underWay = new Places(UNDER_WAY_PER_NETWORK);
  const refuse = (next: (error: DomainError) => void): void => {
    logins.add(1, 'busy');
    next(TOO_MANY);
  };
  return {
    beforeBody: (request, response, next) => {
      const network = clientNetwork(request.ip);
      if (underWay.hasRoom(network) && awaited.hasRoom(network)) {
        holdUntilBody(awaited.take(network), request, response);
        next();
      } else refuse(next);
    },
    afterBody: (request, response, next) => {
      const network = clientNetwork(request.ip);
      if (underWay.hasRoom(network)) {
        response.once('close', underWay.take(network));
        next();
      } else refuse(next);
    },
  };
}

function holdUntilBody(release: () => void, request: Request, response: Response): void {
  request.once('end', release);
  // The body may never come in whole.
  response.once('close', release);
}

/** Counts the places that are taken, by network. */
class Places {
  private readonly taken = new Map<string, number>();

  constructor(private readonly perNetwork: number) {}

  hasRoom(network: string): boolean {
    return (this.taken.get(network) ?? 0) < this.perNetwork;
  }

  /** @returns gives the place back, once */
  take(network: string): () => void {
    this.taken.set(network, (this.taken.get(network) ?? 0) + 1);
    let isTaken = true;
    return () => {
      if (!isTaken) return;
      isTaken = false;
      const left = (this.taken.get(network) ?? 1) - 1;
      if (left === 0) this.taken.delete(network);
      else this.taken.set(network, left);
    };
  }
}
