import type { ServerResponse } from 'node:http';

/**
 * Ends an answer whose body is a short text: headers and text go to the kernel in one plain write. `end(text)` would
 * hand the socket an empty second chunk, and to gather two chunks costs Node more than it saves the kernel.
 * The headers are written by then, with their Content-Length.
 */
export function endInOneWrite(response: ServerResponse, text: string, encoding: 'utf8' | 'latin1'): void {
  // It has no socket while answers to earlier requests are in front of it; Node keeps the text then.
  const { socket } = response;
  socket?.cork();
  response.write(text, encoding);
  socket?.uncork();
  response.end();
}
