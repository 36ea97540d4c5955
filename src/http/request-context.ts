import { AsyncLocalStorage } from 'node:async_hooks';
import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { RequestHandler } from 'express';

const WELL_FORMED = /^[A-Za-z0-9._-]{1,64}$/;

/** Follows a request through all that it waits for, at a price for everything the process does meanwhile. */
const following = new AsyncLocalStorage<string>();
let followed = 0;
/** Of what runs at once, without waiting. */
let atOnce: string | undefined;

/** The id of the request being handled, for log lines; undefined outside of one. */
export const currentRequestId = (): string | undefined => atOnce ?? following.getStore();

/** Lets the log lines of some work find the id; until it first waits, not after. */
export function withRequestId<T>(id: string, work: () => T): T {
  const before = atOnce;
  atOnce = id;
  try {
    return work();
  } finally {
    atOnce = before;
  }
}

const PROCESS = randomBytes(9).toString('base64url');
let requests = 0;

/** @returns X-Request-Id as it came, if it is well-formed; a new one otherwise: of this process and its number */
export function requestIdOf({ headers }: IncomingMessage): string {
  const given = headers['x-request-id'];
  if (typeof given === 'string' && WELL_FORMED.test(given)) return given;
  return `${PROCESS}-${++requests}`;
}

/** Answers with the request's id, and lets log lines find it, also those of what waits. */
export const requestContext: RequestHandler = (request, response, next) => {
  const id = requestIdOf(request);
  response.setHeader('X-Request-Id', id);
  followed += 1;
  response.once('close', () => {
    followed -= 1;
    // Otherwise every promise and timer of the process would go on to pay for it.
    if (followed === 0) following.disable();
  });
  following.run(id, next);
};
