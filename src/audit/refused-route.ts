import type { ExecutionContext } from '@nestjs/common';
import type { Request } from 'express';

/** What a request asked for, in the words of the audit log. */
export interface RefusedRoute {
  /** `firmware.register`, of FirmwareController.register; `user.list`, of UsersController.list. */
  readonly action: string;
  /** `firmware:12`, or `firmware` where the path names none. */
  readonly target: string;
}

export function refusedRoute(context: ExecutionContext): RefusedRoute {
  const noun = snakeCase(
    context
      .getClass()
      .name.replace(/Controller$/, '')
      .replace(/s$/, ''),
  );
  const { params } = context.switchToHttp().getRequest<Request>();
  const [id] = Object.values(params);
  return {
    action: `${noun}.${snakeCase(context.getHandler().name)}`,
    target: id === undefined ? noun : `${noun}:${String(id)}`,
  };
}

const snakeCase = (name: string): string =>
  name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`).replace(/^_/, '');
