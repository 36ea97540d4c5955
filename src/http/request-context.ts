import { AsyncLocalStorage } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { RequestHandler } from 'express';

const WELL_FORMED = /^[A-Za-z0-9._-]{1,64}$/;
const current = new AsyncLocalStorage<string>();

/** The id of the request being handled, for log lines; undefined outside of one. */
export const currentRequestId = (): string | undefined => current.getStore();

/** Lets the log lines of some work find the id. */
export const withRequestId = <T>(id: string, work: () => T): T => current.run(id, work);

/** X-Request-Id as it came, if it is well-formed; a new one otherwise. */
export function requestIdOf({ headers }: IncomingMessage): string {
  const given = headers['x-request-id'];
  return typeof given === 'string' && WELL_FORMED.test(given) ? given : randomUUID();
}

/** Answers with the request's id, and lets log lines find it. */
export const requestContext: RequestHandler = (request, response, next) => {
  const id = requestIdOf(request);
  response.setHeader('X-Request-Id', id);
  withRequestId(id, next);
};
