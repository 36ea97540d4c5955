import type { OpenAPIObject } from '@nestjs/swagger';

/** A JSON Schema, as far as the document uses it. */
export interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly format?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly oneOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
  readonly example?: unknown;
}

export interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required?: boolean;
  readonly schema: Schema;
}

interface Content {
  readonly schema?: Schema;
  readonly examples?: Readonly<Record<string, unknown>>;
}

export interface Response {
  readonly content?: Readonly<Record<string, Content>>;
}

/** A method of a path, as the OpenAPI document describes it. */
export interface Operation {
  readonly method: string;
  /** With its parameters in braces. */
  readonly path: string;
  readonly parameters: readonly Parameter[];
  readonly bodyType: string | null;
  readonly bodySchema: Schema | null;
  readonly responses: Readonly<Record<string, Response>>;
  /** Whether it takes a bearer. */
  readonly isProtected: boolean;
  /** `POST /api/ota/check` */
  readonly name: string;
}

interface RawOperation {
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Readonly<Record<string, Content>> };
  readonly responses: Readonly<Record<string, Response>>;
  readonly security?: readonly Readonly<Record<string, unknown>>[];
}

/** All operations of the document, so that a new one is among them without anybody naming it. */
export function operationsOf(document: OpenAPIObject): Operation[] {
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods as Record<string, RawOperation>).map(([verb, raw]) => {
      const [bodyType, content] = Object.entries(raw.requestBody?.content ?? {})[0] ?? [null, null];
      const method = verb.toUpperCase();
      return {
        method,
        path,
        parameters: raw.parameters ?? [],
        bodyType,
        bodySchema: content?.schema ?? null,
        responses: raw.responses,
        isProtected: raw.security?.some((scheme) => 'bearer' in scheme) === true,
        name: `${method} ${path}`,
      };
    }),
  );
}

/** The schema itself, or the one that it refers to. */
export function resolved(document: OpenAPIObject, schema: Schema): Schema {
  if (schema.$ref === undefined) return schema;
  const name = schema.$ref.replace('#/components/schemas/', '');
  const found = document.components?.schemas?.[name];
  if (!found) throw new Error(`The document refers to ${schema.$ref}, which it does not have.`);
  return found;
}
