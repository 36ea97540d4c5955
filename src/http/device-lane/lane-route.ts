import { RequestMethod, type Type } from '@nestjs/common';
import {
  HTTP_CODE_METADATA,
  METHOD_METADATA,
  PARAMTYPES_METADATA,
  PATH_METADATA,
  ROUTE_ARGS_METADATA,
} from '@nestjs/common/constants.js';
import { RouteParamtypes } from '@nestjs/common/enums/route-paramtypes.enum.js';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { parse as parseQuery } from 'node:querystring';
import { BoundedCache } from '../../domain/bounded-cache.js';
import { routeName } from '../../metrics/route-name.js';
import { PUBLIC } from '../public.js';
import { recogniserOf, textRecogniserOf } from './recogniser.js';

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
type ArgumentsMetadata = Record<string, { index: number; data?: unknown; pipes?: unknown[] }>;

/** Firmware in demand at one time; each has one path. */
const PATHS_REMEMBERED = 1_000;

/**
 * Reads off Nest's own decorators how a method is called.
 * @throws Error when it needs what the lane cannot give it
 */
export function laneRouteOf(controller: object, name: string): LaneRoute {
  const type = controller.constructor as Type;
  const method = (controller as Record<string, (...args: unknown[]) => unknown>)[name];
  if (!method) throw new Error(`${type.name} has no method ${name}.`);
  const of = (key: string, target: object): unknown => Reflect.getMetadata(key, target);
  if (of(PUBLIC, type) !== true && of(PUBLIC, method) !== true) {
    throw new Error(`${type.name}.${name} is not public: the device lane asks nobody for a token.`);
  }

  const [, fixed = '', param] =
    /^([^:]*)(?::(\w+))?$/.exec(`/${String(of(PATH_METADATA, type))}/${String(of(PATH_METADATA, method))}`) ??
    [];
  const types = Reflect.getMetadata(PARAMTYPES_METADATA, controller, name) as Type[];
  const makers: Maker[] = [];
  let answersItself = false;
  const args = Reflect.getMetadata(ROUTE_ARGS_METADATA, type, name) as ArgumentsMetadata;
  for (const [key, { index }] of Object.entries(args)) {
    const [kind = ''] = key.split(':');
    answersItself ||= kind === String(RouteParamtypes.RESPONSE);
    makers[index] = makerOf(kind, types[index] ?? Object, param ?? '');
  }
  return {
    verb: of(METHOD_METADATA, method) === RequestMethod.POST ? 'POST' : 'GET',
    path: fixed,
    hasParam: param !== undefined,
    name: routeName(fixed),
    status: (of(HTTP_CODE_METADATA, method) as number | undefined) ?? 200,
    answersItself,
    argumentsOf: (exchange) => {
      const made: unknown[] = [];
      for (const make of makers) {
        const value = make(exchange);
        if (value === null) return null;
        made.push(value);
      }
      return made;
    },
    call: (made) => method.apply(controller, made),
  };
}

function makerOf(kind: string, type: Type, param: string): Maker {
  switch (kind) {
    case String(RouteParamtypes.REQUEST):
      return ({ request }) => request;
    case String(RouteParamtypes.RESPONSE):
      return ({ response }) => response;
    case String(RouteParamtypes.QUERY):
      if (type !== Object) throw new Error(`The device lane has no rules for a query of ${type.name}.`);
      return ({ query }) => (query === '' ? {} : parseQuery(query));
    case String(RouteParamtypes.BODY): {
      const recognise = recogniserOf(type as Type<object>);
      return ({ body }) => recognise(body);
    }
    case String(RouteParamtypes.PARAM): {
      const recognise = textRecogniserOf(type as Type<object>);
      const known = new BoundedCache<[string], object | null>(PATHS_REMEMBERED);
      return ({ param: text }) => known.get([text], () => recognise({ [param]: text }));
    }
    default:
      throw new Error(`The device lane cannot give ${RouteParamtypes[Number(kind)] ?? kind} to a method.`);
  }
}
