import { STATUS_CODES } from 'node:http';
import type { INestApplication, Type } from '@nestjs/common';
import { SetMetadata, type CustomDecorator } from '@nestjs/common';
import {
  ApiProperty,
  ApiResponse,
  DocumentBuilder,
  SwaggerModule,
  type OpenAPIObject,
} from '@nestjs/swagger';
import type { RequestHandler } from 'express';
import { ERROR_CODES, ERRORS, type ErrorCode } from '../domain/errors.js';
import type { Role } from '../domain/permissions.js';
import { ALLOW } from './allow.js';
import { ControllerRoutes, type ControllerRoute, type ParameterKind } from './internals/controller-routes.js';
import { TransportError } from './problem.js';
import { PUBLIC } from './public.js';
import { spaceOf } from './surface.js';
import { writtenOnce } from './written-once.js';

/** The body of every error, RFC 9457. */
class ProblemResponse {
  @ApiProperty({ example: 'about:blank' })
  type!: string;

  @ApiProperty({ example: 'Bad Request' })
  title!: string;

  @ApiProperty({ example: 400 })
  status!: number;

  @ApiProperty({ description: 'One sentence for a person.', example: ERRORS.VALIDATION_FAILED.example })
  detail!: string;

  @ApiProperty({
    description: 'Stable; docs/errors.md lists them all.',
    enum: [...ERROR_CODES],
    example: 'VALIDATION_FAILED',
  })
  code!: string;

  @ApiProperty({
    required: false,
    description: 'Messages by field, if fields are invalid.',
    example: { version: ['version must be MAJOR.MINOR.PATCH, optionally with -prerelease'] },
  })
  errors?: Record<string, string[]>;

  @ApiProperty({
    description: 'The id of the request, as in X-Request-Id and in the log.',
    example: '0b1e6a3e-8a4b-4d0e-9b39-3f2f6f6c1c55',
  })
  request_id!: string;
}

/** What may be wrong with the JSON body of any operation. */
export const JSON_BODY_PROBLEMS = [
  'VALIDATION_FAILED',
  'MALFORMED_JSON',
  'BODY_TIMEOUT',
  'BODY_TOO_LARGE',
  'UNSUPPORTED_MEDIA_TYPE',
] as const;

const PROBLEMS = 'problems';

/** Says which errors an operation may answer, beside those that follow from what it takes. See `problemsOf`. */
export const ApiProblems = (...codes: ErrorCode[]): CustomDecorator => SetMetadata(PROBLEMS, codes);

/** The codes of all errors that a route may answer, whoever has said so: its class, its method, or what it takes. */
function problemsOf(route: ControllerRoute): ErrorCode[] {
  const takes = (...kinds: ParameterKind[]): boolean =>
    route.parameters.some(({ kind, type }) => kinds.includes(kind) && (type as unknown) !== Object);
  const isPublic = route.metadata(PUBLIC) === true;
  const isHttpsAlone = route.paths.some((path) => !spaceOf(path).allowsPlainHttp);
  return [
    ...new Set<ErrorCode>([
      ...(takes('body') ? JSON_BODY_PROBLEMS : []),
      ...(takes('query', 'param') ? (['VALIDATION_FAILED'] as const) : []),
      ...(isPublic ? [] : (['UNAUTHENTICATED', 'NOT_ALLOWED', 'RATE_LIMITED'] as const)),
      ...(isPublic || route.verb === 'GET' ? [] : (['ACCESS_ENDED'] as const)),
      ...(route.metadataOfBoth(PROBLEMS).flat() as ErrorCode[]),
      ...(isHttpsAlone ? (['HTTPS_REQUIRED'] as const) : []),
      'INTERNAL_ERROR',
    ]),
  ];
}

/** The responses of an operation that are errors, by their statuses. */
function problemResponses(route: ControllerRoute): Record<string, object> {
  const codes = problemsOf(route);
  const statuses = [...new Set(codes.map((code) => ERRORS[code].status))].sort();
  return Object.fromEntries(
    statuses.map((status) => {
      const here = codes.filter((code) => ERRORS[code].status === status);
      const schema = { $ref: '#/components/schemas/ProblemResponse' };
      const examples = Object.fromEntries(here.map((code) => [code, { value: exampleOf(code) }]));
      const content = { 'application/problem+json': { schema, examples } };
      return [String(status), { description: here.join(', '), content }];
    }),
  );
}

/** Adds to the operations of all controllers what their decorators and parameters say: errors, and who may ask. */
function complete({ paths }: OpenAPIObject, routes: readonly ControllerRoute[]): void {
  for (const route of routes) {
    for (const path of route.paths) {
      const item = paths[path.replaceAll(/:(\w+)/g, '{$1}')] as
        Record<string, Operation | undefined> | undefined;
      const operation = item?.[route.verb.toLowerCase()];
      // What is excluded from the document has none.
      if (!operation) continue;
      Object.assign(operation.responses, problemResponses(route));
      const role = route.metadata(ALLOW) as Role | undefined;
      if (role) operation.description += ` Takes the role ${role}.`;
    }
  }
}

interface Operation {
  readonly responses: object;
  description: string;
}

function exampleOf(code: ErrorCode): ProblemResponse {
  const { status, example } = ERRORS[code];
  return {
    type: 'about:blank',
    title: STATUS_CODES[status] ?? '',
    status,
    detail: example,
    code,
    request_id: '0b1e6a3e-8a4b-4d0e-9b39-3f2f6f6c1c55',
  };
}

/** Documents the 200 of an operation. */
export const ApiAnswer = (type: Type | [Type], description: string): MethodDecorator =>
  ApiResponse({ status: 200, type, description });

/** Documents `X-Total-Count` beside the page that a list answers. */
export const ApiPage = (type: Type, description: string): MethodDecorator =>
  ApiResponse({
    status: 200,
    type: [type],
    description,
    headers: {
      'X-Total-Count': { description: 'Number of rows on all pages.', schema: { type: 'integer' } },
    },
  });

const DESCRIPTION = `
Publish firmware; devices check for it, download it and report the result.

1. **Log in** with \`POST /api/auth/login\`, copy the \`access_token\`, press **Authorize** and paste it.
2. **Publish**: upload the image, then register it with the values that the upload returned.
3. **Devices** call \`POST /api/ota/check\`, download the firmware that they are offered and report with \`POST /api/ota/status\`.
4. **Monitor** the attempts in the logs.
`;

const documents = new WeakMap<INestApplication, OpenAPIObject>();

/** The API as an OpenAPI 3.1 document. The first call takes about 0.2 s. */
export function openApiDocument(app: INestApplication): OpenAPIObject {
  const document = documents.get(app) ?? writeDocument(app);
  documents.set(app, document);
  return document;
}

function writeDocument(app: INestApplication): OpenAPIObject {
  const base = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle('OTA server')
    .setDescription(DESCRIPTION.trim())
    .setVersion('1')
    .setLicense('Apache-2.0', 'https://www.apache.org/licenses/LICENSE-2.0')
    .addTag('auth', 'Log in')
    .addTag('users', 'Who may use the server')
    .addTag('tokens', 'API tokens for programs')
    .addTag('firmware', 'Publish firmware')
    .addTag('devices', 'Endpoints for devices')
    .addTag('fleet', 'The known devices')
    .addTag('rollouts', 'Offer a release step by step')
    .addTag('logs', 'Update attempts')
    .addTag('events', 'What happens, as a stream and by webhooks')
    .addTag('audit', 'Who changed what')
    .addTag('health', 'For load balancers and monitoring')
    .addBearerAuth()
    .build();
  const document = SwaggerModule.createDocument(app, base, { extraModels: [ProblemResponse] });
  complete(document, ControllerRoutes.of(app).all());
  return withIntegers(document);
}

/** Numbers of this API are whole ones, which TypeScript's `number` does not say, unless they are marked as `double`. */
function withIntegers(document: OpenAPIObject): OpenAPIObject {
  const text = JSON.stringify(document, (_key, value: unknown) => {
    const isWhole = isNumber(value) && value.format !== 'double';
    return isWhole ? { ...value, type: 'integer' } : value;
  });
  return JSON.parse(text) as OpenAPIObject;
}

const isNumber = (value: unknown): value is { readonly type: 'number'; readonly format?: string } =>
  typeof value === 'object' && value !== null && (value as { type?: unknown }).type === 'number';

/** Written by Swagger for each request, though they do not change. */
const PAGES = [
  '/docs',
  '/docs/',
  '/docs/index.html',
  '/docs/swagger-ui-init.js',
  '/docs/openapi.json',
  '/docs/openapi.yaml',
];

/** Files that Express serves have no routes of which the methods could be told. */
const readOnly: RequestHandler = ({ method }, _response, next) => {
  if (method === 'GET' || method === 'HEAD') next();
  else
    next(
      new TransportError('METHOD_NOT_ALLOWED', `${method} is not possible here; use GET, HEAD.`, {
        Allow: 'GET, HEAD',
      }),
    );
};

/** Serves Swagger UI at /docs and the document at /docs/openapi.json. */
export function serveDocs(app: INestApplication): void {
  app.use('/docs', readOnly);
  app.use(writtenOnce(PAGES));
  SwaggerModule.setup('docs', app, () => openApiDocument(app), {
    jsonDocumentUrl: 'docs/openapi.json',
    yamlDocumentUrl: 'docs/openapi.yaml',
    customSiteTitle: 'OTA server',
    swaggerOptions: { persistAuthorization: true, displayRequestDuration: true, tryItOutEnabled: true },
  });
}
