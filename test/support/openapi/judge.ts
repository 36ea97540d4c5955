import type { OpenAPIObject } from '@nestjs/swagger';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { findError } from '../../../src/domain/errors.js';
import type { Answer } from '../http-client.js';
import type { Operation } from './operations.js';

/** What no answer may show of the inside: files, stacks, statements, names of libraries. */
const INSIDE =
  /node_modules|\bat \S+ \(|\.[jt]s:\d+|QueryFailed|TypeError|RangeError|typeorm|relation "|\bSELECT .+ FROM\b|\bINSERT INTO\b|postgres(ql)?:\/\/|\$argon2/i;

/** What any request may be answered that is malformed, or comes too often. */
const ANYWHERE = ['400', '401', '403', '404', '405', '408', '411', '413', '414', '415', '417', '429', '431'];

/** Holds answers against the OpenAPI document. */
export class Judge {
  private readonly ajv = new Ajv2020({ strict: false, allErrors: true });
  private readonly validators = new Map<string, ValidateFunction>();

  constructor(document: OpenAPIObject) {
    (formats as unknown as (ajv: Ajv2020) => void)(this.ajv);
    this.ajv.addSchema(document, 'api');
  }

  /**
   * @param isPlain whether the request was one of the operation's own, and not a malformed one
   * @returns what is wrong with an answer, empty when it is as the document says
   */
  faultsOf(operation: Operation, answer: Answer, isPlain: boolean): string[] {
    const faults: string[] = [];
    const status = String(answer.status);
    const type = (answer.headers['content-type'] ?? '').split(';', 1)[0] ?? '';
    const text = type === 'application/octet-stream' ? '' : answer.bytes.toString();
    if (answer.status >= 500) faults.push(`answers ${status}: ${text.slice(0, 300)}`);
    if (INSIDE.test(text)) faults.push(`shows the inside: ${text.slice(0, 300)}`);
    if (answer.headers['x-request-id'] === undefined) faults.push('has no X-Request-Id');
    if (answer.status === 429 && !/^\d+$/.test(answer.headers['retry-after'] ?? '')) {
      faults.push('answers 429 without Retry-After');
    }
    const response = operation.responses[status];
    if (!response && (isPlain || !ANYWHERE.includes(status))) {
      faults.push(`answers ${status}, which is not documented: ${text.slice(0, 200)}`);
    }
    if (answer.status >= 400)
      faults.push(...this.problemFaults(answer, type, isPlain ? response : undefined));
    else if (isPlain && answer.bytes.length > 0)
      faults.push(...this.bodyFaults(operation, status, type, answer));
    return faults;
  }

  private problemFaults(
    answer: Answer,
    type: string,
    response: Operation['responses'][string] | undefined,
  ): string[] {
    // The answer to HEAD has none.
    if (answer.bytes.length === 0) return [];
    if (type !== 'application/problem+json') return [`answers ${answer.status} as ${type}`];
    const { code, request_id, detail } = answer.body as Record<string, unknown>;
    const faults = this.check('/components/schemas/ProblemResponse', answer.body);
    if (findError(String(code))?.status !== answer.status)
      faults.push(`answers ${answer.status} ${String(code)}`);
    if (request_id !== answer.headers['x-request-id']) faults.push('names another request');
    if (typeof detail !== 'string' || !/\S .*\S$/s.test(detail))
      faults.push(`has no sentence: ${String(detail)}`);
    const documented = response?.content?.['application/problem+json']?.examples;
    if (documented && !(String(code) in documented))
      faults.push(`answers ${String(code)}, which is not documented`);
    return faults;
  }

  private bodyFaults(
    { path, method, responses }: Operation,
    status: string,
    type: string,
    answer: Answer,
  ): string[] {
    const content = responses[status]?.content;
    if (!content) return [];
    if (!(type in content)) return [`answers ${status} as ${type}, not ${Object.keys(content).join(', ')}`];
    if (!type.includes('json') || !content[type]?.schema) return [];
    const parts = ['paths', path, method.toLowerCase(), 'responses', status, 'content', type, 'schema'];
    return this.check(parts.map((part) => `/${encodePart(part)}`).join(''), answer.body);
  }

  private check(pointer: string, value: unknown): string[] {
    const validate = this.validators.get(pointer) ?? this.ajv.compile({ $ref: `api#${pointer}` });
    this.validators.set(pointer, validate);
    if (validate(value)) return [];
    return [`is not what the document says: ${this.ajv.errorsText(validate.errors)}`];
  }
}

const encodePart = (part: string): string =>
  encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'));
