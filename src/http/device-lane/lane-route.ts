import type { IncomingMessage, ServerResponse } from 'node:http';
import { parse as parseQuery } from 'node:querystring';
import type { Type } from '@nestjs/common';
import { BoundedCache } from '../../domain/bounded-cache.js';
import { routeName } from '../../metrics/route-name.js';
import type { ControllerRoute, RouteParameter } from '../internals/controller-routes.js';
import { PUBLIC } from '../public.js';
import { spaceOf, type UrlSpace } from '../surface.js';
import { compileTextValidator, compileValidator } from './compile-validator.js';

/** A request and its answer, taken apart as far as a route's arguments need it. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** What stands in the place of the path's parameter; empty when it has none. */
  readonly param: string;
  /** Without its `?`. */
  readonly query: string;
  /** Of a POST. */
  readonly body: Readonly<Record<string, unknown>>;
}

/** A controller's method, as the lane calls it. */
export interface LaneRoute {
  /** GET serves HEAD, too. */
  readonly verb: 'GET' | 'POST';
  /** `/api/ota/check`; up to the parameter, which is the last part, when there is one: `/api/ota/download/`. */
  readonly path: string;
  readonly hasParam: boolean;
  readonly space: UrlSpace;
  /** Among those that are counted. */
  readonly name: string;
  readonly status: number;
  /** It takes the response and answers itself. */
  readonly answersItself: boolean;
  /** @returns null when something is not plainly valid */
  readonly argumentsOf: (exchange: Exchange) => unknown[] | null;
  readonly call: (args: unknown[]) => unknown;
}

type Maker = (exchange: Exchange) => unknown;

/** Firmware in demand at one time; each has one path. */
const PATHS_REMEMBERED = 1_000;

/** @throws Error when the route needs what the lane cannot give it */
export function laneRouteOf(route: ControllerRoute): LaneRoute {
  const { name, verb, paths, status, parameters, call } = route;
  if (route.metadata(PUBLIC) !== true) {
    throw new Error(`${name} is not public: the device lane asks nobody for a token.`);
  }
  const [, fixed, param] = /^([^:]*)(?::(\w+))?$/.exec(paths[0] ?? '') ?? [];
  if (paths.length !== 1 || fixed === undefined || (verb !== 'GET' && verb !== 'POST')) {
    throw new Error(`${name} is no route that the device lane knows how to find.`);
  }
  const makers: Maker[] = [];
  for (const parameter of parameters) makers[parameter.index] = makerOf(name, parameter, param ?? '');
  return {
    verb,
    path: fixed,
    hasParam: param !== undefined,
    space: spaceOf(fixed),
    name: routeName(fixed),
    status,
    answersItself: parameters.some(({ kind }) => kind === 'response'),
    argumentsOf: (exchange) => {
      const made: unknown[] = [];
      for (const make of makers) {
        const value = make(exchange);
        if (value === null) return null;
        made.push(value);
      }
      return made;
    },
    call,
  };
}

function makerOf(route: string, { kind, type }: RouteParameter, param: string): Maker {
  switch (kind) {
    case 'request':
      return ({ request }) => request;
    case 'response':
      return ({ response }) => response;
    case 'query':
      if (type !== Object) throw new Error(`The device lane has no rules for a query of ${type.name}.`);
      return ({ query }) => (query === '' ? {} : parseQuery(query));
    case 'body': {
      const validate = compileValidator(type as Type<object>);
      return ({ body }) => validate(body);
    }
    case 'param': {
      const validate = compileTextValidator(type as Type<object>);
      const known = new BoundedCache<[string], object | null>(PATHS_REMEMBERED);
      return ({ param: text }) => known.get([text], () => validate({ [param]: text }));
    }
    case 'other':
      throw new Error(`The device lane cannot give ${route} all of its arguments.`);
  }
}
