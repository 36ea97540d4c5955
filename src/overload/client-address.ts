import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import proxyAddr from 'proxy-addr';
import { clientNetwork } from './client-network.js';

/** Bytes of a hash that a number holds exactly. */
const KEY_BYTES = 6;

/**
 * Tells clients apart by the address that they have behind the proxies that are trusted.
 * @returns a number for the client's network, see `clientNetwork`
 */
export function clientKeys(trustProxy: readonly string[]): (request: IncomingMessage) => number {
  const trust = proxyAddr.compile([...trustProxy]);
  return (request) => {
    // A connection that is gone has no address any more.
    const isOpen = request.socket.remoteAddress !== undefined;
    const network = clientNetwork(isOpen ? proxyAddr(request, trust) : undefined);
    return createHash('sha256').update(network).digest().readUIntBE(0, KEY_BYTES);
  };
}
