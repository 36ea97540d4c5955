import type { IncomingMessage } from 'node:http';
import { httpsTest } from './https-test.js';

const request = (
  remoteAddress: string,
  proto?: string,
  forwarded?: string,
  encrypted = false,
): IncomingMessage =>
  ({
    socket: { remoteAddress, encrypted },
    headers: {
      ...(proto !== undefined && { 'x-forwarded-proto': proto }),
      ...(forwarded !== undefined && { 'x-forwarded-for': forwarded }),
    },
  }) as unknown as IncomingMessage;

describe('whether a request came by HTTPS', () => {
  const isHttps = httpsTest(['10.0.0.0/8']);

  it.each([
    ['nobody says so', request('10.0.0.1'), false],
    ['the connection is encrypted', request('1.2.3.4', undefined, undefined, true), true],
    ['a proxy says so', request('10.0.0.1', 'https'), true],
    ['a proxy says so in capitals', request('10.0.0.1', 'HTTPS'), true],
    ['a stranger says so', request('1.2.3.4', 'https'), false],
    ['a client says so, and the proxy does not', request('10.0.0.1', 'https, http'), false],
    ['a client denies it, and the proxy says so', request('10.0.0.1', 'http, https'), true],
    ['a client makes up proxies, too', request('10.0.0.1', 'https, http', '10.9.9.9, 1.2.3.4'), false],
    ['the first of two proxies says so', request('10.0.0.1', 'https, http', '1.2.3.4, 10.0.0.2'), true],
    ['the first of two proxies denies it', request('10.0.0.1', 'http, https', '1.2.3.4, 10.0.0.2'), false],
    ['two proxies, of which the last replaces', request('10.0.0.1', 'https', '1.2.3.4, 10.0.0.2'), true],
  ])('%s', (_, given, expected) => {
    expect(isHttps(given)).toBe(expected);
  });
});
