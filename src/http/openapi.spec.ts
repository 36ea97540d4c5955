import { readFileSync } from 'node:fs';
import type { OpenAPIObject } from '@nestjs/swagger';

/** `npm run openapi:check` holds the file to the code. */
const { paths, components, tags } = JSON.parse(readFileSync('docs/openapi.json', 'utf8')) as OpenAPIObject;
const operations = Object.entries(paths).flatMap(([path, item]) =>
  Object.entries(item as Record<string, { parameters?: { name: string; schema: { type?: string } }[] }>).map(
    ([method, operation]) => [`${method.toUpperCase()} ${path}`, operation] as const,
  ),
);

interface Documented {
  tags?: string[];
  summary?: string;
  description?: string;
  security?: unknown[];
  requestBody?: {
    content: Record<string, { schema?: Schema; examples?: Record<string, { value: object }> }>;
  };
  responses: Record<string, { content?: Record<string, { schema?: Schema; examples?: object }> }>;
}

interface Parameter {
  required?: boolean;
  example?: unknown;
}

interface Schema {
  $ref?: string;
  items?: Schema;
  properties?: Record<string, Schema>;
  example?: unknown;
  default?: unknown;
  allOf?: unknown[];
  anyOf?: unknown[];
  enum?: unknown[];
  format?: string;
}

/** Fields of a message that Swagger UI would have to make up. */
function fieldsWithoutExample({ $ref, items, properties }: Schema): string[] {
  if (items) return fieldsWithoutExample(items);
  if ($ref !== undefined) {
    return fieldsWithoutExample(components?.schemas?.[$ref.split('/').at(-1) ?? ''] as Schema);
  }
  return Object.entries(properties ?? {})
    .filter(
      ([, { example, default: fallback, enum: choices, format, $ref: type, allOf, anyOf }]) =>
        [example, fallback, choices, type, allOf, anyOf].every((hint) => hint === undefined) &&
        format !== 'binary',
    )
    .map(([name]) => name);
}

describe('the API document', () => {
  it.each(operations)('explains %s to a newcomer', (_name, operation) => {
    const { tags, summary, description } = operation as unknown as Documented;
    expect(tags).toHaveLength(1);
    expect(summary).toMatch(/^[A-Z].*[^.]$/);
    expect(description).toMatch(/^[A-Z].{20,}\.$/);
  });

  it.each(operations)('has an example of every message of %s', (_name, operation) => {
    const { requestBody, responses } = operation as unknown as Documented;
    const messages = [requestBody, ...Object.values(responses)].flatMap((message) =>
      Object.entries(message?.content ?? {}),
    );
    for (const [type, { schema, examples }] of messages as [
      string,
      { schema?: Schema; examples?: object },
    ][]) {
      if (type === 'application/problem+json') expect(Object.keys(examples ?? {})).not.toHaveLength(0);
      else expect(fieldsWithoutExample(schema ?? {})).toEqual([]);
    }
  });

  it.each(operations)('has the errors that any request like %s may get', (name, operation) => {
    const { security, requestBody, responses } = operation as unknown as Documented;
    const expected = [
      ...(name === 'GET /health' ? [] : ['500']),
      ...(security ? ['401', '503'] : []),
      ...(name.includes('{') ? ['400'] : []),
      ...(requestBody ? ['400', '408', '413', '415'] : []),
    ];
    expect(Object.keys(responses)).toEqual(expect.arrayContaining(expected));
  });

  it('has its tags in the order of the workflow', () => {
    expect(tags?.map(({ name }) => name)).toEqual([
      'auth',
      'users',
      'tokens',
      'firmware',
      'devices',
      'fleet',
      'rollouts',
      'logs',
      'events',
      'audit',
      'health',
    ]);
  });

  it('says of each tag of its operations what it stands for', () => {
    const used = operations.flatMap(([, operation]) => (operation as unknown as Documented).tags ?? []);
    expect(tags?.map(({ name }) => name)).toEqual(expect.arrayContaining(used));
  });

  it.each(operations)('lets Swagger UI send the parameters of %s', (_name, { parameters = [] }) => {
    for (const { name, schema } of parameters) {
      expect({ name, type: schema.type }).toEqual({
        name,
        type: expect.stringMatching(/^(string|integer|boolean)$/) as string,
      });
    }
  });

  it('has no nameless schema', () => {
    expect(Object.keys(components?.schemas ?? {})).not.toContain('Object');
  });

  /** What Swagger UI sends of an operation that is tried as it stands: null while a parameter is still to be filled in. */
  function triedAsItStands(operation: Documented & { parameters?: Parameter[] }): object | null {
    const { parameters = [], requestBody } = operation;
    if (parameters.some(({ required, example }) => required && example === undefined)) return null;
    const { schema = {}, examples = {} } = requestBody?.content['application/json'] ?? {};
    const [first] = Object.values(examples);
    if (first) return first.value;
    const { properties = {} } = (components?.schemas?.[schema.$ref?.split('/').at(-1) ?? ''] ?? {}) as Schema;
    return Object.fromEntries(
      Object.entries(properties).map(([name, { example, default: fallback }]) => [name, example ?? fallback]),
    );
  }

  it('releases and withdraws nothing when an operation is tried as it stands', () => {
    const changing = operations.filter(([name]) => /^(POST|PATCH|PUT|DELETE) .*\/admin\/firmware/.test(name));
    expect(changing.length).toBeGreaterThan(2);
    for (const [name, operation] of changing) {
      const tried = triedAsItStands(operation as never);
      if (tried === null) continue;
      expect(name).not.toMatch(/^DELETE/);
      expect(tried).not.toMatchObject({ is_stable: true });
      expect(tried).not.toMatchObject({ is_active: false });
    }
    const byPath = (paths as Record<string, Record<string, never>>)['/api/ota/admin/firmware/{firmware_id}'];
    expect(triedAsItStands(byPath?.['patch'] as never)).toBeNull();
    expect(triedAsItStands(byPath?.['delete'] as never)).toBeNull();
  });
});
