import type { Request, RequestHandler, Response } from 'express';
import { sendTurns } from './send-turns.js';

interface Page {
  readonly type: string;
  readonly bytes: Buffer;
}

/**
 * Keeps the first answer of each of these paths, and sends it from then on. For pages that do not change while the
 * server runs: to write one takes up to 10 ms, and all answers share the bytes that are kept.
 */
export function writtenOnce(paths: readonly string[]): RequestHandler {
  const kept = new Map<string, Page>();
  return (request, response, next) => {
    const { method, path } = request;
    if ((method !== 'GET' && method !== 'HEAD') || !paths.includes(path)) {
      next();
      return;
    }
    const page = kept.get(path);
    if (page) {
      sendPage(page, request, response);
      return;
    }
    const send = response.send.bind(response);
    response.send = (body: unknown) => {
      const sent = send(body);
      if (response.statusCode === 200 && typeof body === 'string') {
        kept.set(path, { type: response.get('Content-Type') ?? '', bytes: Buffer.from(body) });
      }
      return sent;
    };
    next();
  };
}

function sendPage({ type, bytes }: Page, { method }: Request, response: Response): void {
  response.setHeader('Content-Type', type);
  response.setHeader('Content-Length', bytes.length);
  if (method === 'HEAD') {
    response.end();
    return;
  }
  const send = (): void => {
    if (!response.destroyed) response.end(bytes);
  };
  const turn = sendTurns.take(bytes.length);
  if (turn) void turn.then(send);
  else send();
}
