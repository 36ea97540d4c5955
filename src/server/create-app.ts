import type { Server } from 'node:http';
import type { Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter, type NestExpressApplication } from '@nestjs/platform-express';
import express from 'express';
import { AppModule } from '../app.module.js';
import { limitLogins } from '../auth/limit-logins.js';
import type { AppConfig } from '../config/app-config.js';
import { serveConsole } from '../console/serve-console.js';
import { AppLogger } from '../http/app-logger.js';
import { takeRequests } from '../http/connections/take-requests.js';
import { DeviceLane } from '../http/device-lane/device-lane.js';
import { serveFrontPage } from '../http/front-page.js';
import { mountSurface } from '../http/mount-surface.js';
import { serveDocs } from '../http/openapi.js';
import { RequestPolicies } from '../http/request-policies.js';
import { Metrics } from '../metrics/metrics.js';
import { tlsOptions } from '../tls/tls-options.js';

/**
 * Longer than a device pauses within one update (it writes flash, it restarts a download), and than proxies keep
 * their connections, so that it is never the server that closes under a request.
 */
const KEEP_ALIVE_MS = 300_000;

/**
 * The one way to build the app: the server, the tests and the benchmarks differ only in what they pass in.
 * @param more modules beside those of the server
 */
export async function createApp(
  config: AppConfig,
  databaseUrl: string,
  more: readonly Type[] = [],
): Promise<NestExpressApplication> {
  const instance = express();
  // Otherwise a path in other letters would be answered without being counted, limited and shed as what it is.
  instance.enable('case sensitive routing');
  const adapter = new ExpressAdapter(instance);
  const app = await NestFactory.create<NestExpressApplication>(
    AppModule.with(config, databaseUrl, more),
    adapter,
    {
      logger: new AppLogger(config.logLevel),
      abortOnError: false,
      bodyParser: false,
      ...(config.tls && { httpsOptions: tlsOptions(config.tls) }),
    },
  );
  app.set('trust proxy', config.trustProxy);
  app.set('etag', false);
  app.disable('x-powered-by');

  mountSurface(app, config, limitLogins(app.get(Metrics)));
  if (config.docs) serveDocs(app);
  if (config.console === null || !(await serveConsole(app, config.console.folder)))
    serveFrontPage(app, config);

  const server = app.getHttpServer();
  setTimeouts(server, config);
  takeRequests(server, config.deviceLane ? app.get(DeviceLane) : null, app.get(RequestPolicies).log);
  return app;
}

/** Of connections. */
export function setTimeouts(server: Server, { limits }: AppConfig): void {
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  // An upload may take as long as it takes; bodies and pauses have limits of their own.
  server.requestTimeout = 0;
  server.setTimeout(limits.idleTimeoutMs);
}
