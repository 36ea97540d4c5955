import type { IncomingMessage } from 'node:http';
import type { TLSSocket } from 'node:tls';
import proxyAddr from 'proxy-addr';

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
