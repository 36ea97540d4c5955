import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { INestApplicationContext } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { AuthService } from '../auth/auth.service.js';
import type { AppConfig } from '../config/app-config.js';
import { createApp } from './create-app.js';
import { Readiness } from '../http/health/readiness.js';
import { openApiDocument } from '../http/openapi.js';

/**
 * Connections that may wait to be accepted: a fleet comes at once after a release, and those that find no room wait for
 * seconds before they try again. Node's own 511 is too few; Linux takes 4096 unless net.core.somaxconn says otherwise.
 */
const BACKLOG = 4096;

export interface StartedApp {
  readonly app: NestExpressApplication;
  /** The one that it listens on. */
  readonly port: number;
  /** Of the first admin, if there was none and it was made up. */
  readonly password: string | null;
}

/**
 * Builds the app on a migrated database, listens and makes the first admin.
 * @param signal ends the start early
 */
export async function startApp(
  config: AppConfig,
  databaseUrl: string,
  signal?: AbortSignal,
): Promise<StartedApp> {
  const app = await createApp(config, databaseUrl);
  const server = app.getHttpServer();
  try {
    signal?.throwIfAborted();
    await app.init();
    // While nobody waits: whoever asked for it first would keep all devices waiting.
    if (config.docs) openApiDocument(app);
    signal?.throwIfAborted();
    server.listen({ port: config.port, host: config.host, backlog: BACKLOG });
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    // Only now: the password of a server that did not come up would be lost.
    return { app, port, password: await completeStart(app) };
  } catch (error) {
    server.close();
    await app.close();
    throw error;
  }
}

/**
 * Does what is left when an app listens; it is ready then.
 * @returns the password of the first admin, if there was none and it was made up
 */
export async function completeStart(app: INestApplicationContext): Promise<string | null> {
  const password = await app.get(AuthService).ensureFirstAdmin();
  app.get(Readiness).started();
  return password;
}
