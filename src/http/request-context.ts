import { AsyncLocalStorage } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';
import type { RequestHandler } from 'express';

const WELL_FORMED = /^[A-Za-z0-9._-]{1,64}$/;
const current = new AsyncLocalStorage<string>();

/** The id of the request being handled, for log lines; undefined outside of one. */
export const currentRequestId = (): string | undefined => current.getStore();

/** Takes X-Request-Id from the request if it is well-formed, or makes one; answers with it, and lets log lines find it. */
export const requestContext: RequestHandler = (request, response, next) => {
  const given = request.get('x-request-id');
  const id = given !== undefined && WELL_FORMED.test(given) ? given : randomUUID();
  response.setHeader('X-Request-Id', id);
  current.run(id, next);
};
