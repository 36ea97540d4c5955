import type { IncomingMessage } from 'node:http';
import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { Principal } from '../domain/principal.js';

/** `user` is where passport puts what the strategy answered. */
type Identified = IncomingMessage & { user?: Principal };

/** @returns undefined for a request whose credentials nobody has looked at, or that has none */
export const principalOf = (request: IncomingMessage): Principal | undefined => (request as Identified).user;

/** For public routes, which passport does not see. */
export function setPrincipal(request: IncomingMessage, principal: Principal): void {
  (request as Identified).user = principal;
}

/** The principal of the request, for a controller's method to hand to its service. */
export const CurrentPrincipal = createParamDecorator(
  (_data: unknown, context: ExecutionContext): Principal => {
    const principal = principalOf(context.switchToHttp().getRequest<IncomingMessage>());
    if (principal) return principal;
    throw new Error(
      `${context.getClass().name}.${context.getHandler().name} is public and has no principal.`,
    );
  },
);
