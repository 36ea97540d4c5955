import type { RequestHandler } from 'express';

/** Tokens and what only admins may see must not stay in any cache. */
export const noStore: RequestHandler = (_request, response, next) => {
  response.setHeader('Cache-Control', 'no-store');
  next();
};
