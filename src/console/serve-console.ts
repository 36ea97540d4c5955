import { access } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import { Logger } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { RequestHandler } from 'express';
import sirv from 'sirv';
import { TransportError } from '../http/problem.js';
import { spaceOf } from '../http/surface.js';

/** Their names change with their contents. */
const FOR_EVER = 'public, max-age=31536000, immutable';
/** Kept, and asked for again each time, which is answered by 304. */
const ASK_AGAIN = 'no-cache';

/**
 * Serves the built files of the console, and its page for whatever path a browser opens that is nothing else. All paths of
 * the API stay what they are, and what is missing is answered as everywhere.
 * @param folder absolute; read once, now
 * @returns false when the console is not built, of which it warns
 */
export async function serveConsole(app: NestExpressApplication, folder: string): Promise<boolean> {
  if (!(await isThere(join(folder, 'index.html')))) {
    new Logger('Console').warn(
      `The web console is not built: ${folder} has no index.html. Run npm run build.`,
    );
    return false;
  }
  const files = sirv(folder, { brotli: true, gzip: true, etag: true, extensions: ['html'], setHeaders });
  app.use(((request, response, next) => {
    const { name } = spaceOf(request.path);
    if (name !== 'assets' && name !== 'other') next();
    else if (request.method !== 'GET' && request.method !== 'HEAD')
      next(refusalOf(request.path, request.method));
    else {
      files(request, response, () => {
        if (!isPage(request.path, request.headers.accept)) next();
        else {
          request.url = '/';
          files(request, response, next);
        }
      });
    }
  }) satisfies RequestHandler);
  return true;
}

const isThere = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

/** What a browser opens asks for HTML; what a page or a program loads does not. */
function isPage(path: string, accept = ''): boolean {
  return spaceOf(path).name === 'other' && !path.startsWith('/api/') && accept.includes('text/html');
}

/** @returns undefined for paths that others may answer */
function refusalOf(path: string, method: string): TransportError | undefined {
  if (path !== '/') return undefined;
  return new TransportError('METHOD_NOT_ALLOWED', `${method} is not possible here; use GET, HEAD.`, {
    Allow: 'GET, HEAD',
  });
}

function setHeaders(response: ServerResponse, path: string): void {
  response.setHeader('Cache-Control', path.startsWith('/assets/') ? FOR_EVER : ASK_AGAIN);
}
