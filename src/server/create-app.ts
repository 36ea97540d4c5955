import { NestFactory } from '@nestjs/core';
import { ExpressAdapter, type NestExpressApplication } from '@nestjs/platform-express';
import express from 'express';
import helmet from 'helmet';
import { AppModule } from '../app.module.js';
import { limitLogins } from '../auth/limit-logins.js';
import type { AppConfig } from '../config/app-config.js';
import { AccessLog, accessLog } from '../http/access-log.js';
import { AppLogger } from '../http/app-logger.js';
import { takeRequests } from '../http/connections/take-requests.js';
import { DeviceLane } from '../http/device-lane/device-lane.js';
import { serveFrontPage } from '../http/front-page.js';
import { hostRequired } from '../http/host-required.js';
import { httpsOnly } from '../http/https-only.js';
import { noStore } from '../http/no-store.js';
import { serveDocs } from '../http/openapi.js';
import { DEVICE_BODY_BYTES, dropLateBodies, jsonBody } from '../http/request-body.js';
import { requestContext } from '../http/request-context.js';
import { Metrics } from '../metrics/metrics.js';
import { LoadMonitor } from '../overload/load-monitor.js';
import { shedLoad } from '../overload/shed-load.js';
import { tlsOptions } from '../tls/tls-options.js';

const ADMIN_BODY_BYTES = 1024 * 1024;
/**
 * Longer than a device pauses within one update (it writes flash, it restarts a download), and than proxies keep
 * their connections, so that it is never the server that closes under a request.
 */
const KEEP_ALIVE_MS = 300_000;

/** The one way to build the app: the server, the tests and the benchmarks differ only in what they pass in. */
export async function createApp(config: AppConfig, databaseUrl: string): Promise<NestExpressApplication> {
  const { limits } = config;
  const instance = express();
  // Otherwise a path in other letters would be answered without being counted, limited and shed as what it is.
  instance.enable('case sensitive routing');
  const adapter = new ExpressAdapter(instance);
  const app = await NestFactory.create<NestExpressApplication>(AppModule.with(config, databaseUrl), adapter, {
    logger: new AppLogger(config.logLevel),
    abortOnError: false,
    bodyParser: false,
    ...(config.tls && { httpsOptions: tlsOptions(config.tls) }),
  });
  app.set('trust proxy', config.trustProxy);
  app.set('etag', false);
  app.disable('x-powered-by');

  const log = new AccessLog(config, app.get(Metrics));
  app.use(requestContext, accessLog(log), dropLateBodies(limits.bodyTimeoutMs));
  app.use(hostRequired);
  if (config.requireHttps) app.use(httpsOnly(config.trustProxy));
  app.use(shedLoad(app.get(LoadMonitor)));
  app.use(['/api/auth', '/api/ota/admin'], noStore);
  const logins = limitLogins(app.get(Metrics));
  app.use('/api/auth', logins.beforeBody);
  app.use(['/docs', '/api/auth', '/api/ota/admin', '/health'], securityHeaders(config));
  app.use(
    ['/api/auth/login', '/api/auth/password', '/api/ota/check', '/api/ota/status'],
    jsonBody({ limit: DEVICE_BODY_BYTES, timeoutMs: limits.bodyTimeoutMs }),
  );
  app.use('/api/auth', logins.afterBody);
  app.use(
    ['/api/ota/admin/firmware', '/api/ota/admin/store'],
    jsonBody({ limit: ADMIN_BODY_BYTES, timeoutMs: limits.bodyTimeoutMs }),
  );
  if (config.docs) serveDocs(app);
  serveFrontPage(app, config);

  const server = app.getHttpServer();
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  // An upload may take as long as it takes; bodies and pauses have limits of their own.
  server.requestTimeout = 0;
  server.setTimeout(limits.idleTimeoutMs);
  takeRequests(server, config.deviceLane ? app.get(DeviceLane) : null, log);
  return app;
}

/** Headers for browsers. Whether there is TLS is only known to whoever ends it. */
function securityHeaders(config: AppConfig): ReturnType<typeof helmet> {
  const isHttps = config.tls !== null || config.requireHttps;
  return helmet({
    strictTransportSecurity: isHttps,
    contentSecurityPolicy: { directives: { upgradeInsecureRequests: isHttps ? [] : null } },
    // Over plain HTTP from another host browsers ignore these two and complain on the console.
    crossOriginOpenerPolicy: isHttps,
    originAgentCluster: isHttps,
  });
}
