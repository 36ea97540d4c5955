import { Catch, NotFoundException, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { Request, Response } from 'express';
import { allowedMethods } from './internals/express-routes.js';
import { TransportError } from './problem.js';
import { sendProblem } from './send-problem.js';

/** Answers every error that reaches Nest as problem details. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<Request>();
    const response = http.getResponse<Response>();
    // Nest's router throws it; what this server itself does not find, it says with codes of its own.
    sendProblem(request, response, error instanceof NotFoundException ? noRoute(request) : error);
  }
}

function noRoute(request: Request): TransportError {
  const methods = allowedMethods(request);
  if (methods.length === 0 || methods.includes(request.method)) {
    return new TransportError('NOT_FOUND', `There is no such endpoint: ${request.method} ${request.path}`);
  }
  const allow = methods.join(', ');
  return new TransportError('METHOD_NOT_ALLOWED', `${request.method} is not possible here; use ${allow}.`, {
    Allow: allow,
  });
}
