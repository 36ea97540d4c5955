import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import proxyAddr from 'proxy-addr';
import { clientNetwork } from './client-network.js';

/** Bytes of a hash that a number holds exactly. */
const KEY_BYTES = 6;

/** The address that a client has behind the proxies that are trusted; null once its connection is gone. */
export function clientAddresses(trustProxy: readonly string[]): (request: IncomingMessage) => string | null {
  const trust = proxyAddr.compile([...trustProxy]);
  return (request) => (request.socket.remoteAddress === undefined ? null : proxyAddr(request, trust));
}

/**
 * Tells clients apart by the address that they have behind the proxies that are trusted.
 * @returns a number for the client's network, see `clientNetwork`
 */
export function clientKeys(trustProxy: readonly string[]): (request: IncomingMessage) => number {
  const addressOf = clientAddresses(trustProxy);
  return (request) => {
    const network = clientNetwork(addressOf(request) ?? undefined);
    return createHash('sha256').update(network).digest().readUIntBE(0, KEY_BYTES);
  };
}
