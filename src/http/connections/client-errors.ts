import { randomUUID } from 'node:crypto';
import { STATUS_CODES, type Server } from 'node:http';
import type { Socket } from 'node:net';
import type { AccessLog } from '../access-log.js';
import { toProblem, TransportError, type Problem } from '../problem.js';
import { PROBLEM_TYPE, problemBody } from '../send-problem.js';
import { lastAnswerOn } from './connection-turns.js';

/** An error of Node's HTTP parser or of its timeouts. */
type ClientError = Error & { readonly code?: string; readonly reason?: string };

/** For the client to read the answer, before what it goes on sending makes the connection be reset. */
const LINGER_MS = 1_000;

/**
 * Answers what is no HTTP request with a problem document, and closes the connection. Answers that are due to earlier
 * requests go out before it.
 */
export function answerClientErrors(server: Server, log: AccessLog): void {
  const refused = new WeakSet<Socket>();

  const refuse = (socket: Socket, problem: Problem, reason: string): void => {
    refused.add(socket);
    socket.pause();
    const id = randomUUID();
    whenDue(socket, (isAnswered) => {
      log.refused(socket, id, problem.status, reason);
      socket.end(isAnswered ? '' : messageOf(problem, id));
      // What it still sends is read and dropped.
      socket.resume();
      const close = setTimeout(() => socket.destroy(), LINGER_MS);
      socket.once('close', () => {
        clearTimeout(close);
      });
    });
  };

  server.on('clientError', (error: ClientError, stream) => {
    const socket = stream as Socket;
    if (refused.has(socket)) return;
    const refusal = refusalOf(error);
    if (refusal && socket.writable) refuse(socket, toProblem(refusal), error.code ?? '');
    else socket.destroy(error);
  });

  server.on('connect', (_request, stream) => {
    stream.on('error', () => undefined);
    const refusal = new TransportError(
      'METHOD_NOT_ALLOWED',
      'This server is no proxy: it takes no CONNECT.',
      {
        Allow: 'GET, HEAD, POST, PATCH, DELETE',
      },
    );
    refuse(stream as Socket, toProblem(refusal), 'CONNECT');
  });
}

/**
 * Waits for the answers that are due. A request whose body broke off is owed nothing but the refusal.
 * @param then is told whether the request in question has been answered already
 */
function whenDue(socket: Socket, then: (isAnswered: boolean) => void): void {
  const last = lastAnswerOn(socket);
  if (!last || last.writableFinished || last.destroyed) {
    then(last?.req.complete === false);
    return;
  }
  const isBroken = !last.req.complete;
  if (isBroken && !last.headersSent) {
    if (last.socket !== null) then(false);
    else
      last.once('socket', () => {
        then(false);
      });
    return;
  }
  // So that the client does not take the refusal for the answer to a request that it is about to send.
  if (!last.headersSent) last.shouldKeepAlive = false;
  // Before Node, which may close the connection then.
  last.prependOnceListener('finish', () => {
    then(isBroken);
  });
}

/** @returns null for what is wrong with the connection itself: there is nobody to tell */
function refusalOf({ code = '', reason }: ClientError): TransportError | null {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') {
    return new TransportError('REQUEST_TIMEOUT', 'The headers of a request did not arrive in time.');
  }
  if (code === 'HPE_HEADER_OVERFLOW') {
    return new TransportError('HEADERS_TOO_LARGE', 'The headers of the request are larger than 16 KiB.');
  }
  if (code === 'HPE_INVALID_EOF_STATE') {
    return new TransportError('BAD_REQUEST', 'The connection ended within a request.');
  }
  if (!code.startsWith('HPE_')) return null;
  const why = reason === undefined ? '' : `: ${reason}`;
  return new TransportError('BAD_REQUEST', `What was sent is no well-formed HTTP/1.1 request${why}.`);
}

function messageOf(problem: Problem, id: string): string {
  const { status, headers = {} } = problem;
  const body = problemBody(problem, id);
  const lines = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    `X-Request-Id: ${id}`,
    `Content-Type: ${PROBLEM_TYPE}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    `Date: ${new Date().toUTCString()}`,
    'Connection: close',
  ];
  return `${lines.join('\r\n')}\r\n\r\n${body}`;
}
