import { SetMetadata } from '@nestjs/common';
import type { Role } from '../domain/permissions.js';

export const ALLOW = 'allow';

/**
 * The role that a route takes. It stands on the method, never on the controller, so that a new route opens to nobody
 * until its role is chosen. See {@link Public} for routes that take none.
 */
export const Allow = (role: Role): MethodDecorator => SetMetadata(ALLOW, role);
