import { Injectable, RequestMethod, type INestApplicationContext, type Type } from '@nestjs/common';
import {
  HTTP_CODE_METADATA,
  METHOD_METADATA,
  PARAMTYPES_METADATA,
  PATH_METADATA,
  ROUTE_ARGS_METADATA,
} from '@nestjs/common/constants.js';
import { RouteParamtypes } from '@nestjs/common/enums/route-paramtypes.enum.js';
import { DiscoveryService, MetadataScanner, ModulesContainer } from '@nestjs/core';

/*
 * Reads what Nest's decorators have written on the controllers. The keys are in @nestjs/common, which does not document
 * them. Tried with @nestjs/common and @nestjs/core 12.5; test/http/internals.spec.ts fails when they change.
 * It may go when Nest's DiscoveryService tells the routes of a controller and their parameters.
 */

export type ParameterKind = 'request' | 'response' | 'body' | 'query' | 'param' | 'other';

export interface RouteParameter {
  readonly kind: ParameterKind;
  /** Its place among the method's arguments. */
  readonly index: number;
  /** As its TypeScript type says; Object where that is no class. */
  readonly type: Type;
}

/** A controller's method that answers requests. */
export interface ControllerRoute {
  /** `FirmwareController.register`, for messages. */
  readonly name: string;
  /** `GET`, `POST`, … */
  readonly verb: string;
  /** Each begins with a slash, ends without one, and has parameters as `:name`. */
  readonly paths: readonly string[];
  /** Of an answer that is no error. */
  readonly status: number;
  readonly parameters: readonly RouteParameter[];
  readonly call: (args: unknown[]) => unknown;
  /** What `@SetMetadata()` has put on the method, or else on its class. */
  metadata(key: string): unknown;
  /** What it has put on the class, and on the method. */
  metadataOfBoth(key: string): unknown[];
}

const KINDS: ReadonlyMap<string, ParameterKind> = new Map([
  [String(RouteParamtypes.REQUEST), 'request'],
  [String(RouteParamtypes.RESPONSE), 'response'],
  [String(RouteParamtypes.BODY), 'body'],
  [String(RouteParamtypes.QUERY), 'query'],
  [String(RouteParamtypes.PARAM), 'param'],
]);

/** The routes of all controllers of the app, whichever module they are in. */
@Injectable()
export class ControllerRoutes {
  constructor(
    private readonly discovery: DiscoveryService,
    private readonly scanner: MetadataScanner,
  ) {}

  /** Of an app that has no instances, only classes: Nest's preview mode. */
  static of(app: INestApplicationContext): ControllerRoutes {
    return new ControllerRoutes(new DiscoveryService(app.get(ModulesContainer)), new MetadataScanner());
  }

  all(): ControllerRoute[] {
    return this.discovery.getControllers().flatMap(({ instance }) => {
      const controller = instance as object;
      return this.scanner
        .getAllMethodNames(Object.getPrototypeOf(controller) as object)
        .flatMap((name) => routeOf(controller, name) ?? []);
    });
  }
}

/** @returns null for a method that answers no requests */
export function routeOf(controller: object, methodName: string): ControllerRoute | null {
  const type = controller.constructor as Type;
  const method = (controller as Record<string, ((...args: unknown[]) => unknown) | undefined>)[methodName];
  if (!method || !Reflect.hasMetadata(PATH_METADATA, method)) return null;
  const read = (key: string, target: object): unknown => Reflect.getMetadata(key, target);
  const verb = RequestMethod[read(METHOD_METADATA, method) as RequestMethod];
  return {
    name: `${type.name}.${methodName}`,
    verb,
    paths: pathsOf(read(PATH_METADATA, type), read(PATH_METADATA, method)),
    status: (read(HTTP_CODE_METADATA, method) as number | undefined) ?? (verb === 'POST' ? 201 : 200),
    parameters: parametersOf(controller, methodName),
    call: (args) => method.apply(controller, args),
    metadata: (key) => read(key, method) ?? read(key, type),
    metadataOfBoth: (key) => [read(key, type), read(key, method)].filter((value) => value !== undefined),
  };
}

/** @param ofType @param ofMethod a path or several, each with or without slashes at its ends */
function pathsOf(ofType: unknown, ofMethod: unknown): string[] {
  return [ofType].flat().flatMap((prefix) =>
    [ofMethod].flat().map((path) => {
      const segments = `${String(prefix)}/${String(path)}`.split('/').filter((segment) => segment !== '');
      return `/${segments.join('/')}`;
    }),
  );
}

function parametersOf(controller: object, methodName: string): RouteParameter[] {
  const types = (Reflect.getMetadata(PARAMTYPES_METADATA, controller, methodName) ?? []) as (
    Type | undefined
  )[];
  // By `<kind>:<index>`.
  const found = (Reflect.getMetadata(ROUTE_ARGS_METADATA, controller.constructor, methodName) ??
    {}) as Readonly<Record<string, { readonly index: number }>>;
  return Object.entries(found).map(([key, { index }]) => {
    const kind = KINDS.get(key.split(':')[0] ?? '') ?? 'other';
    return { kind, index, type: types[index] ?? Object };
  });
}
