import type { LoadRequest } from './load.js';

/** A request as it goes over the wire. */
export function textOf(
  { method, path, headers = {}, body = '' }: LoadRequest,
  connection: 'close' | 'keep-alive',
): string {
  // As clients do: a request without a body says nothing of its length.
  const length = method === 'POST' && { 'Content-Length': body.length };
  const all = { Host: 'localhost', Connection: connection, ...length, ...headers };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n${body}`;
}
