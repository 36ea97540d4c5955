import type { OpenAPIObject } from '@nestjs/swagger';
import fc from 'fast-check';
import { multipart } from '../http-client.js';
import { resolved, type Operation, type Parameter, type Schema } from './operations.js';

/** A request that was made up from the description of an operation. */
export interface MadeRequest {
  readonly operation: Operation;
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer | undefined;
  /** As the document describes it, or but for one value; otherwise anything. */
  readonly kind: 'valid' | 'nearly' | 'wild';
}

/** Values that code is written without thinking of. */
const ODD: readonly unknown[] = [
  null,
  '',
  ' ',
  '0',
  'null',
  'a'.repeat(5_000),
  '\0',
  '\u{202e}abc',
  '\ud800',
  "'; DROP TABLE device; --",
  '../../etc/passwd',
  '${7*7}',
  0,
  -0,
  -1,
  0.5,
  1e308,
  Number.MAX_SAFE_INTEGER + 1,
  2 ** 31,
  2 ** 63,
  true,
  [],
  [[]],
  {},
  { $gt: '' },
  { toString: 1 },
  { __proto__: null, constructor: 1 },
  ['1'],
];

/** Arbitrary requests to an operation. */
export function requestsTo(document: OpenAPIObject, operation: Operation): fc.Arbitrary<MadeRequest> {
  return fc.oneof(
    { weight: 2, arbitrary: valid(document, operation) },
    { weight: 4, arbitrary: nearly(document, operation) },
    { weight: 2, arbitrary: wild(operation) },
  );
}

function valid(document: OpenAPIObject, operation: Operation): fc.Arbitrary<MadeRequest> {
  return fc
    .tuple(parametersOf(document, operation), bodyOf(document, operation))
    .map(([parameters, body]) => assemble(operation, parameters, body, 'valid'));
}

/** One value of a valid request is another, missing or too many. */
function nearly(document: OpenAPIObject, operation: Operation): fc.Arbitrary<MadeRequest> {
  return fc
    .tuple(
      parametersOf(document, operation),
      bodyOf(document, operation),
      fc.nat(),
      fc.oneof(fc.constantFrom(...ODD), fc.jsonValue({ maxDepth: 2 })),
      fc.constantFrom('replace', 'remove', 'add'),
    )
    .map(([parameters, body, place, odd, how]) => {
      const inBody = body !== undefined && (place % 3 > 0 || Object.keys(parameters).length === 0);
      const target: Record<string, unknown> = { ...(inBody ? body : parameters) };
      const keys = Object.keys(target);
      const key = keys[place % Math.max(1, keys.length)] ?? 'unknown';
      if (how === 'replace') target[key] = odd;
      else if (how === 'add') target[`${key}_x`] = odd;
      else Reflect.deleteProperty(target, key);
      return inBody
        ? assemble(operation, parameters, target, 'nearly')
        : assemble(operation, target, body, 'nearly');
    });
}

/** Any bytes in any media type, with any method, at a path of the operation. */
function wild(operation: Operation): fc.Arbitrary<MadeRequest> {
  const segment = fc.oneof(
    fc.constantFrom('1', '0', '-1', '99999999999999999999', '%00', '%2e%2e', '%', 'a b', '..;', '1e3', '0x1'),
    fc.string({ minLength: 1, maxLength: 40 }).map(encodeURIComponent),
  );
  const type = fc.constantFrom(
    undefined,
    'application/json',
    'application/json; charset=utf-16',
    'text/plain',
    'multipart/form-data',
    'multipart/form-data; boundary=x',
    'application/x-www-form-urlencoded',
    'a/b/c',
  );
  const bytes = fc.oneof(
    fc.constant(undefined),
    fc.uint8Array({ maxLength: 200 }).map((array) => Buffer.from(array)),
    fc.json().map((text) => Buffer.from(text)),
    fc.constant(Buffer.from('['.repeat(4_000))),
    fc.constant(Buffer.alloc(20_000, 'x')),
    fc.constant(Buffer.from('--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nabc')),
  );
  const method = fc.oneof(
    { weight: 5, arbitrary: fc.constant(operation.method) },
    { weight: 1, arbitrary: fc.constantFrom('GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS') },
  );
  const query = fc.oneof(
    fc.constant(''),
    fc.string({ maxLength: 60 }).map((text) => `?${encodeURI(wellFormed(text))}`),
  );
  const more = fc.constantFrom<Readonly<Record<string, string>>>(
    {},
    { Range: 'bytes=9-1' },
    { Range: 'bytes=0-0,2-3' },
    { 'If-Range': '"x"', Range: 'bytes=0-' },
    { 'X-Forwarded-For': '1, , ::1' },
    { Authorization: 'Bearer a.b.c' },
    { Authorization: 'Basic YTpi' },
    { 'Content-Encoding': 'gzip' },
    { Expect: 'a' },
    { Cookie: '__Host-x=1; a' },
    { 'X-Request-Id': 'a b' },
    { 'Accept-Encoding': '*;q=0' },
  );
  return fc
    .tuple(method, segment, query, type, bytes, more)
    .map(([verb, part, text, media, body, headers]) => ({
      operation,
      method: verb,
      path: operation.path.replace(/\{[^}]+\}/g, part) + text,
      headers: { ...(media !== undefined && { 'Content-Type': media }), ...headers },
      body: verb === 'GET' || verb === 'HEAD' ? undefined : body,
      kind: 'wild',
    }));
}

/** Without lone surrogates, which no URL can hold. */
const wellFormed = (text: string): string => Buffer.from(text).toString();

type Values = Readonly<Record<string, unknown>>;

function parametersOf(document: OpenAPIObject, { parameters }: Operation): fc.Arbitrary<Values> {
  const asked = parameters.filter((one) => one.in !== 'header');
  const arbitraries = Object.fromEntries(
    asked.map((one) => [one.name, valueOf(document, one.schema, one.in === 'path')]),
  );
  const requiredKeys = asked
    .filter((one) => one.required === true || one.in === 'path')
    .map(({ name }) => name);
  return fc.record(arbitraries, { requiredKeys });
}

function bodyOf(document: OpenAPIObject, { bodySchema }: Operation): fc.Arbitrary<Values | undefined> {
  if (!bodySchema) return fc.constant(undefined);
  return valueOf(document, bodySchema) as fc.Arbitrary<Values>;
}

function assemble(
  operation: Operation,
  parameters: Values,
  body: Values | undefined,
  kind: MadeRequest['kind'],
): MadeRequest {
  const isInPath = ({ in: place }: Parameter): boolean => place === 'path';
  let path = operation.path;
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    if (operation.parameters.some((one) => one.name === name && isInPath(one))) {
      // An empty one would be another path, and so would "." and "..", which every client of URLs resolves.
      const segment = encodeURIComponent(wellFormed(text)).replace(/^\.{0,2}$/, '%20');
      path = path.replace(`{${name}}`, () => segment);
    } else query.append(name, text);
  }
  const place = query.size > 0 ? `${path}?${query.toString()}` : path;
  const content = body === undefined ? { headers: {}, body: undefined } : contentOf(operation, body);
  return { operation, method: operation.method, path: place, ...content, kind };
}

function contentOf({ bodyType }: Operation, body: Values): Pick<MadeRequest, 'headers' | 'body'> {
  if (bodyType === 'multipart/form-data') {
    const parts = Object.entries(body).map(([name, value]) => ({
      name,
      content: typeof value === 'string' ? value : JSON.stringify(value),
      ...(name === 'file' && { filename: 'firmware.bin' }),
    }));
    const form = multipart(parts);
    return { headers: { 'Content-Type': form.type }, body: form.body };
  }
  if (bodyType === 'application/json') {
    return { headers: { 'Content-Type': bodyType }, body: Buffer.from(JSON.stringify(body)) };
  }
  return { headers: { 'Content-Type': bodyType ?? 'text/plain' }, body: Buffer.from(JSON.stringify(body)) };
}

/** Values that a schema allows; the examples of the document are among them, so that some requests succeed. */
function valueOf(document: OpenAPIObject, schema: Schema, isId = false): fc.Arbitrary<unknown> {
  const whole = resolved(document, schema);
  const made = madeBy(document, whole, isId);
  return whole.example === undefined ? made : fc.oneof(fc.constant(whole.example), made);
}

function madeBy(document: OpenAPIObject, schema: Schema, isId: boolean): fc.Arbitrary<unknown> {
  if (schema.enum) return fc.constantFrom(...schema.enum);
  const [first, ...more] = schema.oneOf ?? schema.allOf ?? [];
  if (first) return fc.oneof(...[first, ...more].map((one) => valueOf(document, one)));
  const types = [schema.type ?? 'object'].flat();
  return fc.oneof(...types.map((type) => ofType(document, type, schema, isId)));
}

function ofType(document: OpenAPIObject, type: string, schema: Schema, isId: boolean): fc.Arbitrary<unknown> {
  switch (type) {
    case 'null':
      return fc.constant(null);
    case 'boolean':
      return fc.boolean();
    case 'integer': {
      const { minimum = 0, maximum = Number.MAX_SAFE_INTEGER } = schema;
      const small = fc.integer({ min: minimum, max: Math.min(maximum, minimum + 5) });
      return isId
        ? small
        : fc.oneof(
            small,
            fc.maxSafeInteger().map((value) => clamp(value, minimum, maximum)),
          );
    }
    case 'number':
      return fc.double({ min: schema.minimum ?? 0, max: schema.maximum ?? 1_000, noNaN: true });
    case 'array':
      return fc.array(schema.items ? valueOf(document, schema.items) : fc.jsonValue(), { maxLength: 4 });
    case 'string':
      return textOf(schema);
    default: {
      const { properties, required = [] } = schema;
      if (!properties)
        return fc.dictionary(fc.string({ maxLength: 10 }), fc.jsonValue({ maxDepth: 1 }), { maxKeys: 4 });
      const values = Object.entries(properties).map(
        ([name, value]) => [name, valueOf(document, value)] as const,
      );
      return fc.record(Object.fromEntries(values), { requiredKeys: [...required] });
    }
  }
}

const clamp = (value: number, min: number, max: number): number => Math.min(max, Math.max(min, value));

function textOf({ format, minLength = 0, maxLength = 60 }: Schema): fc.Arbitrary<string> {
  if (format === 'date-time') {
    return fc
      .date({ min: new Date(0), max: new Date('2100-01-01'), noInvalidDate: true })
      .map((at) => at.toISOString());
  }
  const length = { minLength, maxLength: Math.min(maxLength, Math.max(60, minLength)) };
  return fc.oneof(
    fc.string(length),
    fc.string({ ...length, unit: 'grapheme' }),
    fc.stringMatching(/^[a-z][a-z0-9]{2,8}$/),
    fc.stringMatching(/^[0-9]\.[0-9]\.[0-9]$/),
  );
}
