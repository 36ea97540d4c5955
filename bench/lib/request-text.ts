import type { LoadRequest } from './load.js';

/** A request as it goes over the wire. */
export function textOf(
  { method, path, headers = {}, body = '' }: LoadRequest,
  connection: 'close' | 'keep-alive',
): string {
  const all = { Host: 'localhost', Connection: connection, 'Content-Length': body.length, ...headers };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n${body}`;
}
