import type { NestExpressApplication } from '@nestjs/platform-express';
import { Router, type RequestHandler } from 'express';
import helmet from 'helmet';
import type { AppConfig } from '../config/app-config.js';
import { routeName } from '../metrics/route-name.js';
import { arrivalOf } from './access-log.js';
import { ControllerRoutes, type ControllerRoute } from './internals/controller-routes.js';
import { OWN_BODY } from './own-body.js';
import { PUBLIC } from './public.js';
import { dropLateBody, jsonBody } from './request-body.js';
import { requestContext } from './request-context.js';
import { RequestPolicies } from './request-policies.js';
import { resourceOf, spaceOf, SURFACE, type UrlSpace } from './surface.js';

/** Two handlers, for the two sides of the body parser. */
export interface LoginLimit {
  readonly beforeBody: RequestHandler;
  readonly afterBody: RequestHandler;
}

/** Puts what the URL spaces say in front of all routes of the app. To be called before any other middleware is used. */
export function mountSurface(app: NestExpressApplication, config: AppConfig, logins: LoginLimit): void {
  const policies = app.get(RequestPolicies);
  const routes = app.get(ControllerRoutes).all();
  for (const route of routes) checkAuthentication(route);
  const chains = new Map(SURFACE.map((space) => [space, chainOf(space, routes, config, logins)]));

  app.use(requestContext, ((request, response, next) => {
    const space = spaceOf(request.path);
    const arrival = arrivalOf(request, response, routeName(request.originalUrl), space);
    policies.log.watch(arrival, String(response.getHeader('X-Request-Id')));
    dropLateBody(request, response, config.limits.bodyTimeoutMs);
    const refusal = policies.refusalOf(arrival);
    if (refusal) next(refusal);
    else chains.get(space)?.(request, response, next);
  }) satisfies RequestHandler);
}

/** @throws Error when a route is open and its URL space is not, or the other way round */
function checkAuthentication(route: ControllerRoute): void {
  const isPublic = route.metadata(PUBLIC) === true;
  for (const path of route.paths) {
    const { authentication, name } = spaceOf(path);
    if (authentication === 'as marked' || (authentication === 'public') === isPublic) continue;
    throw new Error(
      `${route.name} is ${isPublic ? '' : 'not '}public, but ${path} is in the URL space "${name}" of surface.ts.`,
    );
  }
}

/** What a controller takes a JSON body for, so that no new one needs a line anywhere. */
function resourcesWithBody(routes: readonly ControllerRoute[]): string[] {
  const withBody = routes.filter(({ parameters }) => parameters.some(({ kind }) => kind === 'body'));
  return [...new Set(withBody.flatMap(({ paths }) => paths.map(resourceOf)))];
}

/** The handlers of a space, in the order in which a request meets them. */
function chainOf(
  space: UrlSpace,
  routes: readonly ControllerRoute[],
  config: AppConfig,
  logins: LoginLimit,
): RequestHandler {
  const chain = Router({ caseSensitive: true });
  if (space.cacheControl !== null) chain.use(cacheControl(space.cacheControl));
  if (space.limitsLogins) chain.use(logins.beforeBody);
  if (space.browserHeaders !== 'none') chain.use(securityHeaders(config, space.browserHeaders));
  const own = resourcesWithBody(routes).filter((resource) => spaceOf(resource) === space);
  const options = { limit: space.bodyLimit, timeoutMs: config.limits.bodyTimeoutMs };
  passOwnBodies(chain, space, routes);
  if (own.length > 0) chain.use(own, jsonBody(options));
  if (space.limitsLogins) chain.use(logins.afterBody);
  return chain;
}

/** Leaves bodies to the routes that read them by themselves. */
function passOwnBodies(chain: Router, space: UrlSpace, routes: readonly ControllerRoute[]): void {
  for (const route of routes) {
    const type = route.metadata(OWN_BODY);
    if (typeof type !== 'string') continue;
    const paths = route.paths.filter((path) => spaceOf(path) === space);
    const pass: RequestHandler = (request, _response, next) => {
      next(request.method === route.verb && request.is(type) !== false ? 'router' : undefined);
    };
    if (paths.length > 0) chain.all(paths, pass);
  }
}

function cacheControl(value: string): RequestHandler {
  return (_request, response, next) => {
    response.setHeader('Cache-Control', value);
    next();
  };
}

/** Nothing from elsewhere, and no text that becomes a script: https://www.w3.org/TR/trusted-types/. */
const STRICT_POLICY = {
  useDefaults: false,
  directives: {
    'default-src': ["'self'"],
    'base-uri': ["'none'"],
    'form-action': ["'self'"],
    'frame-ancestors': ["'none'"],
    'object-src': ["'none'"],
    'require-trusted-types-for': ["'script'"],
  },
};

/** Headers for browsers. Whether there is TLS is only known to whoever ends it. */
function securityHeaders(config: AppConfig, kind: 'lax' | 'strict'): RequestHandler {
  const isHttps = config.tls !== null || config.requireHttps;
  return helmet({
    strictTransportSecurity: isHttps,
    contentSecurityPolicy:
      kind === 'strict' ? STRICT_POLICY : { directives: { upgradeInsecureRequests: isHttps ? [] : null } },
    // Over plain HTTP from another host browsers ignore these two and complain on the console.
    crossOriginOpenerPolicy: isHttps,
    originAgentCluster: isHttps,
  });
}
