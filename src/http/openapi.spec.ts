import { readFileSync } from 'node:fs';
import type { OpenAPIObject } from '@nestjs/swagger';

/** `npm run openapi:check` holds the file to the code. */
const { paths, components } = JSON.parse(readFileSync('docs/openapi.json', 'utf8')) as OpenAPIObject;
const operations = Object.entries(paths).flatMap(([path, item]) =>
  Object.entries(item as Record<string, { parameters?: { name: string; schema: { type?: string } }[] }>).map(
    ([method, operation]) => [`${method.toUpperCase()} ${path}`, operation] as const,
  ),
);

describe('the API document', () => {
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
});
