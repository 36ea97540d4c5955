import { applyDecorators, SetMetadata } from '@nestjs/common';
import type { Role } from '../domain/permissions.js';

export const ALLOW = 'allow';
const REFUSAL = 'refusal';

/** What is said and put on record of somebody who is refused for the role. */
export interface RefusalWords {
  /** What the audit log calls it when it is done, where that is not the names of the controller and the method. */
  readonly action?: string;
  /** What a part of it takes: `delete the role admin`. */
  readonly more?: string;
}

/**
 * The role that a route takes. It stands on the method, never on the controller, so that a new route opens to nobody
 * until its role is chosen. See {@link Public} for routes that take none.
 */
export const Allow = (role: Role, words: RefusalWords = {}): MethodDecorator =>
  applyDecorators(SetMetadata(ALLOW, role), SetMetadata(REFUSAL, words));

/** @param handler a method of a controller */
export const refusalWordsOf = (handler: object): RefusalWords =>
  (Reflect.getMetadata(REFUSAL, handler) as RefusalWords | undefined) ?? {};
