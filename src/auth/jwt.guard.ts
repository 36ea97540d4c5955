import type { IncomingMessage } from 'node:http';
import { isNativeError } from 'node:util/types';
import { Injectable, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { AuthGuard } from '@nestjs/passport';
import { may, type Role } from '../domain/permissions.js';
import { ALLOW } from '../http/allow.js';
import { principalOf } from '../http/principal.js';
import { TransportError } from '../http/problem.js';
import { PUBLIC } from '../http/public.js';
import { AdminLimit } from '../overload/admin-limit.js';

/**
 * Lets nobody in without a valid token and the role that the route takes, except to what is marked as public. A route that
 * is neither public nor takes a role opens to nobody.
 */
@Injectable()
export class JwtGuard extends AuthGuard('jwt') {
  constructor(
    private readonly reflector: Reflector,
    private readonly limit: AdminLimit,
  ) {
    super();
  }

  override async canActivate(context: ExecutionContext): Promise<boolean> {
    const handler = context.getHandler();
    const isPublic = this.reflector.getAllAndOverride<boolean | undefined>(PUBLIC, [
      handler,
      context.getClass(),
    ]);
    if (isPublic === true) return true;
    // Passport puts the principal on the request, so that the access log names also who is refused.
    await super.canActivate(context);
    const principal = principalOf(context.switchToHttp().getRequest<IncomingMessage>());
    if (principal) this.limit.refuse(principal);
    refuseUnlessAllowed(principal?.role, this.reflector.get<Role | undefined>(ALLOW, handler));
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

function refuseUnlessAllowed(role: Role | undefined, needed: Role | undefined): void {
  if (needed === undefined) throw new TransportError('NOT_ALLOWED', 'This endpoint is open to no role.');
  if (role !== undefined && may(role, needed)) return;
  throw new TransportError('NOT_ALLOWED', `This takes the role ${needed}; yours is ${role ?? 'none'}.`);
}
