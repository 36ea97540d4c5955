import { STATUS_CODES, type IncomingMessage, type ServerResponse } from 'node:http';
import { Logger } from '@nestjs/common';
import { toProblem, type Problem } from './problem.js';

export const PROBLEM_TYPE = 'application/problem+json; charset=utf-8';

const logger = new Logger('Problem');

/** Answers an error as application/problem+json (RFC 9457). X-Request-Id is set by then. */
export function sendProblem(request: IncomingMessage, response: ServerResponse, error: unknown): void {
  const problem = toProblem(error);
  // What is refused under load stands in the access log and in the metrics; a stack for each would add to the load.
  if (problem.status >= 500 && problem.code !== 'OVERLOADED') {
    const path = (request.url ?? '').split('?', 1)[0];
    logger.error(`${problem.code} at ${request.method ?? ''} ${path}: ${stackOf(error)}`);
  }
  if (response.headersSent) {
    // Too late to say it: a cut connection at least does not look like a whole answer.
    response.destroy();
    return;
  }
  for (const [name, value] of Object.entries(problem.headers ?? {})) response.setHeader(name, value);
  if (problem.status === 401) response.setHeader('WWW-Authenticate', 'Bearer');
  const body = problemBody(problem, String(response.getHeader('X-Request-Id')));
  response.setHeader('Content-Type', PROBLEM_TYPE);
  response.setHeader('Content-Length', Buffer.byteLength(body));
  response.writeHead(problem.status);
  response.end(body);
}

export function problemBody({ status, detail, code, errors }: Problem, requestId: string): string {
  return JSON.stringify({
    type: 'about:blank',
    title: STATUS_CODES[status],
    status,
    detail,
    code,
    ...(errors && { errors }),
    request_id: requestId,
  });
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
