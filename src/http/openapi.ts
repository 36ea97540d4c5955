import { STATUS_CODES } from 'node:http';
import type { INestApplication, Type } from '@nestjs/common';
import { applyDecorators } from '@nestjs/common';
import {
  ApiProperty,
  ApiResponse,
  DocumentBuilder,
  SwaggerModule,
  type OpenAPIObject,
} from '@nestjs/swagger';
import type { RequestHandler } from 'express';
import { ERROR_CODES, ERRORS, type ErrorCode } from '../domain/errors.js';
import { TransportError } from './problem.js';
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

/** What may happen to any request; health is answered over plain HTTP, too. */
const ANYWHERE: readonly ErrorCode[] = ['HTTPS_REQUIRED', 'INTERNAL_ERROR'];

/** Documents which errors an operation may answer, by their codes, beside those that any may. */
export function ApiProblems(...own: ErrorCode[]): MethodDecorator & ClassDecorator {
  const codes = [...new Set([...own, ...ANYWHERE])];
  const statuses = [...new Set(codes.map((code) => ERRORS[code].status))];
  return applyDecorators(
    ...statuses.map((status) => {
      const here = codes.filter((code) => ERRORS[code].status === status);
      return ApiResponse({
        status,
        description: here.join(', '),
        content: {
          'application/problem+json': {
            schema: { $ref: '#/components/schemas/ProblemResponse' },
            examples: Object.fromEntries(here.map((code) => [code, { value: exampleOf(code) }])),
          },
        },
      });
    }),
  );
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

/** The API as an OpenAPI 3.1 document. */
export function openApiDocument(app: INestApplication): OpenAPIObject {
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
    .addTag('logs', 'Update attempts')
    .addTag('health', 'For load balancers and monitoring')
    .addBearerAuth()
    .build();
  return withIntegers(SwaggerModule.createDocument(app, base, { extraModels: [ProblemResponse] }));
}

/** Every number of this API is a whole one, which TypeScript's `number` does not say. */
function withIntegers(document: OpenAPIObject): OpenAPIObject {
  const text = JSON.stringify(document, (key, value: unknown) =>
    key === 'type' && value === 'number' ? 'integer' : value,
  );
  return JSON.parse(text) as OpenAPIObject;
}

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
