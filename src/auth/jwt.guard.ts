import { isNativeError } from 'node:util/types';
import { Injectable, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { AuthGuard } from '@nestjs/passport';
import { TransportError } from '../http/problem.js';
import { PUBLIC } from '../http/public.js';

/** Lets nobody in without a valid token, except to what is marked as public. */
@Injectable()
export class JwtGuard extends AuthGuard('jwt') {
  constructor(private readonly reflector: Reflector) {
    super();
  }

  override canActivate(
    context: ExecutionContext,
  ): ReturnType<InstanceType<ReturnType<typeof AuthGuard>>['canActivate']> {
    const isPublic = this.reflector.getAllAndOverride<boolean | undefined>(PUBLIC, [
      context.getHandler(),
      context.getClass(),
    ]);
    return isPublic === true || super.canActivate(context);
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
