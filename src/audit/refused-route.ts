import type { ExecutionContext } from '@nestjs/common';
import type { Request } from 'express';
import { refusalWordsOf } from '../http/allow.js';

/** What a request asked for, in the words of the audit log. */
export interface RefusedRoute {
  /**
   * As the audit log calls it when it is done: `firmware.register`, of FirmwareController.register; `user.list`, of
   * UsersController.list; what `@Allow` says where the names are others.
   */
  readonly action: string;
  /** `firmware:12`, or `firmware` where the path names none. */
  readonly target: string;
}

export function refusedRoute(context: ExecutionContext): RefusedRoute {
  const handler = context.getHandler();
  const named = snakeCase(
    context
      .getClass()
      .name.replace(/Controller$/, '')
      .replace(/s$/, ''),
  );
  const action = refusalWordsOf(handler).action ?? `${named}.${snakeCase(handler.name)}`;
  const [noun = named] = action.split('.');
  const { params } = context.switchToHttp().getRequest<Request>();
  const [id] = Object.values(params);
  return {
    action,
    target: id === undefined ? noun : `${noun}:${String(id)}`,
  };
}

const snakeCase = (name: string): string =>
  name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`).replace(/^_/, '');
