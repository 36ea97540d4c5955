import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

const queued = new WeakMap<Socket, Set<ServerResponse>>();

/**
 * Closes an answer with its connection, also while answers to earlier requests are in front of it: a client may send
 * several at once (RFC 9112 §9.3.2), and Node tells only the answer whose turn it is. What is lent to an answer, or
 * counts it, would wait for ever. To be called before anything waits for `close`.
 */
export function closeWithConnection({ socket }: IncomingMessage, response: ServerResponse): void {
  // It has the connection, and Node tells it.
  if (response.socket !== null) return;
  const answers = queued.get(socket) ?? followSocket(socket);
  answers.add(response);
  response.once('close', () => {
    answers.delete(response);
  });
}

function followSocket(socket: Socket): Set<ServerResponse> {
  const answers = new Set<ServerResponse>();
  queued.set(socket, answers);
  socket.once('close', () => {
    for (const response of answers) {
      if (response.socket !== null || response.destroyed) continue;
      response.destroyed = true;
      response.emit('close');
    }
  });
  return answers;
}
