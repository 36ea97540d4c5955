import type { IncomingMessage, ServerResponse } from 'node:http';
import { json, type RequestHandler } from 'express';
import type { TransportCode } from '../domain/errors.js';
import { findJsonSyntaxError } from '../domain/json-syntax-error.js';
import { TransportError } from './problem.js';

const JSON_TYPE = /^application\/(?:[\w.-]+\+)?json\s*(?:;|$)/i;

/** The other spellings of UTF-8 that clients use; Express's body parser knows `utf-8` alone. */
const UTF8 = /;\s*charset\s*=\s*"?utf-?8"?\s*(?=;|$)/i;

export const bodyTimeout = (): TransportError =>
  new TransportError('BODY_TIMEOUT', 'The body did not arrive in time.', { Connection: 'close' });

export interface JsonBodyOptions {
  /** Largest body, in bytes. */
  readonly limit: number;
  /** The body must have come in whole by then. */
  readonly timeoutMs: number;
}

/** By the types that Express's body parser gives its errors. */
const REFUSALS: Readonly<Record<string, readonly [TransportCode, string]>> = {
  'entity.too.large': ['BODY_TOO_LARGE', 'The body is larger than this endpoint takes.'],
  'encoding.unsupported': ['UNSUPPORTED_MEDIA_TYPE', 'The Content-Encoding is not supported.'],
  'charset.unsupported': ['UNSUPPORTED_MEDIA_TYPE', 'The body must be UTF-8.'],
};

function toTransportError(error: unknown): TransportError {
  const { type, body } = error as { type?: string; body?: unknown };
  if (type === 'entity.parse.failed') return malformedJson(String(body));
  const [code, detail] = REFUSALS[type ?? ''] ?? ['BAD_REQUEST', 'The body could not be read.'];
  return new TransportError(code, detail);
}

function malformedJson(text: string): TransportError {
  const error = findJsonSyntaxError(text);
  const place = error ? ` at line ${error.line}, column ${error.column}: expected ${error.expected}` : '';
  return new TransportError('MALFORMED_JSON', `The body is not valid JSON${place}.`);
}

/** Reads a JSON body. A body without a Content-Type is taken for JSON, as the smallest clients send it. */
export function jsonBody({ limit, timeoutMs }: JsonBodyOptions): RequestHandler {
  const parse = json({ limit, strict: false, type: () => true });
  return (request, response, next) => {
    const type = request.get('content-type');
    const hasBody =
      request.get('transfer-encoding') !== undefined || Number(request.get('content-length')) > 0;
    if (hasBody && type !== undefined && !JSON_TYPE.test(type)) {
      next(new TransportError('UNSUPPORTED_MEDIA_TYPE', 'Send the body as application/json.'));
      return;
    }
    if (type !== undefined) request.headers['content-type'] = type.replace(UTF8, '');
    let isOver = false;
    const finish = (error?: TransportError): void => {
      clearTimeout(deadline);
      if (isOver) return;
      isOver = true;
      next(error);
    };
    const deadline = setTimeout(() => {
      finish(bodyTimeout());
    }, timeoutMs);
    request.once('close', () => {
      clearTimeout(deadline);
    });
    parse(request, response, (error?: unknown) => {
      finish(error === undefined ? undefined : toTransportError(error));
    });
  };
}

/**
 * A request may be answered before its body has come in whole (no right to upload, too large). What is left of the
 * body is read and dropped, so that the client gets to see the answer, but not for longer than this.
 */
export function dropLateBody(request: IncomingMessage, response: ServerResponse, patienceMs: number): void {
  response.once('finish', () => {
    if (request.complete) return;
    request.resume();
    const { socket } = request;
    const close = setTimeout(() => socket.destroy(), patienceMs);
    const stop = (): void => {
      clearTimeout(close);
      // The connection may stay for a long time, and have many such requests.
      socket.off('close', stop);
    };
    // One that breaks off in its body does not always close before its connection does.
    request.once('close', stop);
    socket.once('close', stop);
  });
}
