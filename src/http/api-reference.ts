import type { OpenAPIObject } from '@nestjs/swagger';

/** The part of an OpenAPI document that the reference shows. */
interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly format?: string;
  readonly items?: Schema;
  readonly enum?: readonly unknown[];
  readonly description?: string;
  readonly example?: unknown;
  readonly default?: unknown;
  readonly nullable?: boolean;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly allOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
}

interface Content {
  readonly schema?: Schema;
}

interface Operation {
  readonly tags?: readonly string[];
  readonly summary?: string;
  readonly description?: string;
  readonly security?: readonly unknown[];
  readonly parameters?: readonly (Schema & {
    name: string;
    in: string;
    required?: boolean;
    schema?: Schema;
  })[];
  readonly requestBody?: { readonly content: Readonly<Record<string, Content>> };
  readonly responses: Readonly<
    Record<string, { readonly description: string; readonly content?: Readonly<Record<string, Content>> }>
  >;
}

type Schemas = Readonly<Record<string, Schema>>;

/** The API document as a page to read, in the order of its tags. */
export function renderApiReference(document: OpenAPIObject): string {
  const schemas = (document.components?.schemas ?? {}) as Schemas;
  const operations = Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item as Record<string, Operation>).map(([method, operation]) => ({
      path,
      method,
      operation,
    })),
  );
  const sections = (document.tags ?? []).map(({ name, description = '' }) => {
    const own = operations.filter(({ operation }) => operation.tags?.includes(name));
    const texts = own.map(({ path, method, operation }) => renderOperation(method, path, operation, schemas));
    return [`## ${name}: ${description}`, ...texts].join('\n\n');
  });
  return `${[HEAD, ...sections].join('\n\n')}\n`;
}

const HEAD = `# API reference

Generated from [openapi.json](openapi.json) by \`npm run api-reference:write\`. Errors are problem documents; their codes are in
[errors.md](errors.md). Operations with a lock need \`Authorization: Bearer <token>\`.`;

function renderOperation(method: string, path: string, operation: Operation, schemas: Schemas): string {
  const { summary = '', description, security, parameters = [], requestBody, responses } = operation;
  const lock = security ? ' 🔒' : '';
  const body = Object.entries(requestBody?.content ?? {});
  const parts = [
    `### ${method.toUpperCase()} ${path}${lock}`,
    `**${summary}.**${description === undefined ? '' : ` ${description}`}`.replace('?.**', '?**'),
    ...(parameters.length > 0 ? [renderParameters(parameters)] : []),
    ...body.map(([type, { schema }]) => `Body (\`${type}\`):\n\n${renderFields(schema, schemas)}`),
    ...Object.entries(responses).map(([status, answer]) => {
      const isProblem = Number(status) >= 400;
      const schema = isProblem ? undefined : answer.content?.['application/json']?.schema;
      const fields = schema ? `\n\n${renderFields(schema, schemas)}` : '';
      return `\`${status}\` ${answer.description}${fields}`;
    }),
  ];
  return parts.join('\n\n');
}

function renderParameters(parameters: NonNullable<Operation['parameters']>): string {
  const rows = parameters.map(({ name, in: where, required, description, schema, example }) => [
    `\`${name}\``,
    `${where}${required === true ? '' : ', optional'}`,
    typeOf(schema),
    noteOf({
      ...schema,
      ...(description !== undefined && { description }),
      example: example ?? schema?.example,
    }),
  ]);
  return table(['parameter', 'where', 'type', 'meaning'], rows);
}

function renderFields(schema: Schema | undefined, schemas: Schemas): string {
  const list = schema?.type === 'array' ? 'A list of:\n\n' : '';
  const { properties = {}, required = [] } = resolve(schema?.items ?? schema, schemas);
  const rows = Object.entries(properties).map(([name, field]) => [
    `\`${name}\``,
    `${typeOf(field)}${required.includes(name) ? '' : ', optional'}`,
    noteOf({ ...resolve(field, schemas), ...field }),
  ]);
  return list + table(['field', 'type', 'meaning'], rows);
}

const resolve = (schema: Schema | undefined, schemas: Schemas): Schema =>
  schema?.$ref === undefined ? (schema ?? {}) : (schemas[schema.$ref.split('/').at(-1) ?? ''] ?? {});

function typeOf(schema: Schema | undefined): string {
  if (schema?.anyOf) return schema.anyOf.map(typeOf).join(' or ');
  const reference = schema?.$ref ?? schema?.allOf?.[0]?.$ref;
  if (reference !== undefined) return reference.split('/').at(-1) ?? '';
  const type = [schema?.type ?? 'string'].flat().join(' or ');
  return schema?.nullable === true ? `${type} or null` : type;
}

function noteOf({ description, enum: choices, default: fallback, example }: Schema): string {
  const parts = [
    description,
    choices && `One of ${choices.map((choice) => `\`${String(choice)}\``).join(', ')}.`,
    fallback === undefined ? undefined : `Default \`${JSON.stringify(fallback)}\`.`,
    example === undefined ? undefined : `Example: \`${JSON.stringify(example)}\`.`,
  ];
  return parts.filter((part) => part !== undefined).join(' ');
}

function table(titles: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`;
  return [line(titles), line(titles.map(() => '---')), ...rows.map(line)].join('\n');
}
