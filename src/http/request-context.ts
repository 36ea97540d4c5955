import { AsyncLocalStorage } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { RequestHandler } from 'express';

const WELL_FORMED = /^[A-Za-z0-9._-]{1,64}$/;
/** Handlers go on for a while after their client went away. */
const REST_MS = 1_000;

/** Follows a request through all that it waits for, at a price for everything the process does meanwhile. */
const following = new AsyncLocalStorage<string>();
let followed = 0;
let rest: NodeJS.Timeout | undefined;
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

/** Lets the log lines of work that waits find the id that is found now, to its end. */
export function followRequest<T>(work: () => Promise<T>): Promise<T> {
  const id = currentRequestId();
  if (id === undefined) return work();
  followed += 1;
  return following.run(id, work).finally(leave);
}

/** @returns X-Request-Id as it came, if it is well-formed; a new one otherwise */
export function requestIdOf({ headers }: IncomingMessage): string {
  const given = headers['x-request-id'];
  return typeof given === 'string' && WELL_FORMED.test(given) ? given : randomUUID();
}

/** Answers with the request's id, and lets log lines find it, also those of what waits. */
export const requestContext: RequestHandler = (request, response, next) => {
  const id = requestIdOf(request);
  response.setHeader('X-Request-Id', id);
  followed += 1;
  response.once('close', leave);
  following.run(id, next);
};

function leave(): void {
  followed -= 1;
  if (followed > 0) return;
  rest ??= setTimeout(() => {
    rest = undefined;
    // Otherwise every promise and timer of the process would go on to pay for it.
    if (followed === 0) following.disable();
  }, REST_MS).unref();
}
