import createClient from 'openapi-fetch';
import { bearer, renewRefused } from '../session/session';
import { asProblem, problemOf } from './problem';
import type { components, paths } from './schema';

/** The shapes of the API, by their names in docs/api-reference.md: `Shape<'DeviceResponse'>`. */
export type Shape<Name extends keyof components['schemas']> = components['schemas'][Name];

/** What a session that ended in the middle of a request is answered with. */
const SESSION_ENDED = new Response(JSON.stringify({ detail: 'The session has ended: log in again.' }), {
  status: 401,
});

/** Sends a request as whoever is logged in, again with a new token when the old one is refused. */
export async function send(request: Request): Promise<Response> {
  const token = await bearer();
  if (token === null) return SESSION_ENDED.clone();
  const again = request.clone();
  const response = await fetch(withToken(request, token));
  if (response.status !== 401 || !(await renewRefused(token))) return response;
  const next = await bearer();
  return next === null ? response : fetch(withToken(again, next));
}

function withToken(request: Request, token: string): Request {
  request.headers.set('Authorization', `Bearer ${token}`);
  return request;
}

/**
 * The API of the server, typed by its description: `await answer(api.GET('/api/ota/admin/devices', { params: { query } }))`.
 * To be called in queries/ only.
 */
export const api = createClient<paths>({ fetch: send });

interface Call<T> {
  readonly data?: T;
  readonly error?: unknown;
  readonly response: Response;
}

/** @returns what the server answered. @throws Problem with what it says against it */
export async function answer<T>(call: Promise<Call<T>>): Promise<NonNullable<T>> {
  return (await answerWithHeaders(call)).data;
}

/** The same with the headers: lists say in `X-Total-Count` how many match in all. */
export async function answerWithHeaders<T>(
  call: Promise<Call<T>>,
): Promise<{ readonly data: NonNullable<T>; readonly headers: Headers }> {
  const { data, error, response } = await call.catch((cause: unknown) => {
    throw asProblem(cause);
  });
  if (!response.ok || data === undefined || data === null) throw problemOf(response, error);
  return { data, headers: response.headers };
}

/** One page of a list, and how many there are in all. */
export interface Page<T> {
  readonly rows: readonly T[];
  readonly total: number;
}

export async function page<T>(call: Promise<Call<T[]>>): Promise<Page<T>> {
  const { data, headers } = await answerWithHeaders(call);
  return { rows: data, total: Number(headers.get('X-Total-Count') ?? data.length) };
}
