import type { IncomingMessage } from 'node:http';
import { isNativeError } from 'node:util/types';
import { Injectable, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { AuthGuard } from '@nestjs/passport';
import { AuditLog, refusedRoute } from '../audit/audit.exports.js';
import { isApiToken } from '../domain/api-token.js';
import { may, type Role } from '../domain/permissions.js';
import { ALLOW, refusalWordsOf, type RefusalWords } from '../http/allow.js';
import { principalOf } from '../http/principal.js';
import { TransportError } from '../http/problem.js';
import { PUBLIC } from '../http/public.js';
import { AdminLimit } from '../overload/admin-limit.js';
import { AdminBearer, apiTokenOf } from './admin-bearer.js';
import { JwtStrategy } from './jwt.strategy.js';

/**
 * Lets nobody in without a valid token and the role that the route takes, except to what is marked as public. A route that
 * is neither public nor takes a role opens to nobody.
 */
@Injectable()
export class JwtGuard extends AuthGuard() {
  constructor(
    private readonly reflector: Reflector,
    private readonly bearer: AdminBearer,
    strategy: JwtStrategy,
    private readonly limit: AdminLimit,
    private readonly audit: AuditLog,
  ) {
    super({ defaultStrategy: strategy.scheme });
  }

  override async canActivate(context: ExecutionContext): Promise<boolean> {
    const handler = context.getHandler();
    const isPublic = this.reflector.getAllAndOverride<boolean | undefined>(PUBLIC, [
      handler,
      context.getClass(),
    ]);
    if (isPublic === true) return true;
    const request = context.switchToHttp().getRequest<IncomingMessage>();
    // The request gets its principal here, so that the access log names also who is refused for the role.
    const apiToken = apiTokenOf(request);
    if (apiToken === null) await super.canActivate(context);
    else if (!(await this.bearer.identify(request))) throw refusedToken(apiToken);
    const principal = principalOf(request);
    if (principal) this.limit.refuse(principal);
    try {
      const needed = this.reflector.get<Role | undefined>(ALLOW, handler);
      refuseUnlessAllowed(principal?.role, needed, refusalWordsOf(handler));
    } catch (error) {
      if (principal) this.audit.noteRefusal(principal, refusedRoute(context));
      throw error;
    }
    return true;
  }

  override handleRequest<T>(error: unknown, user: T | false | undefined): T {
    if (isNativeError(error)) throw error;
    if (!user) {
      throw new TransportError(
        'UNAUTHENTICATED',
        'This needs a valid token: log in and send it as "Authorization: Bearer <token>".',
      );
    }
    return user;
  }
}

const refusedToken = (token: string): TransportError =>
  new TransportError(
    'UNAUTHENTICATED',
    isApiToken(token)
      ? 'This API token is unknown, revoked or expired, or its user is disabled.'
      : 'This API token was mistyped or cut: its checksum does not fit.',
  );

function refuseUnlessAllowed(role: Role | undefined, needed: Role | undefined, { more }: RefusalWords): void {
  if (needed === undefined) throw new TransportError('NOT_ALLOWED', 'This endpoint is open to no role.');
  if (role !== undefined && may(role, needed)) return;
  const taken = `This takes the role ${needed}${more === undefined ? '' : `, and ${more}`}`;
  throw new TransportError('NOT_ALLOWED', `${taken}; yours is ${role ?? 'none'}.`);
}
