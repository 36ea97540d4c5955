import type { IncomingMessage } from 'node:http';
import type { TLSSocket } from 'node:tls';
import proxyAddr from 'proxy-addr';
import type { RequestHandler } from 'express';
import { TransportError } from './problem.js';

/** @returns whether a request came by HTTPS, to this server or to a proxy that is trusted to say so */
export function httpsTest(trustProxy: readonly string[]): (request: IncomingMessage) => boolean {
  const trust = proxyAddr.compile([...trustProxy]);
  return (request) => {
    const { socket, headers } = request;
    const isEncrypted = (socket as Partial<TLSSocket>).encrypted === true;
    const said = headers['x-forwarded-proto'];
    if (said === undefined || !trust(socket.remoteAddress ?? '', 0)) return isEncrypted;
    // Each proxy adds what it saw at the right end. What is left of those that trusted ones added, a client may have sent.
    const protocols = String(said).split(',');
    const hops = proxyAddr.all(request, trust).filter(trust).length;
    return protocols[Math.max(0, protocols.length - hops)]?.trim().toLowerCase() === 'https';
  };
}

/** Refuses plain HTTP, except to health checks, which come from the machine's own surroundings. */
export function httpsOnly(trustProxy: readonly string[]): RequestHandler {
  const isHttps = httpsTest(trustProxy);
  return (request, _response, next) => {
    if (isHttps(request) || request.path === '/health' || request.path.startsWith('/health/')) next();
    else
      next(new TransportError('HTTPS_REQUIRED', 'This server answers HTTPS only; use https:// in the URL.'));
  };
}
