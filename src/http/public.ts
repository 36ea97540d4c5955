import { SetMetadata, type CustomDecorator } from '@nestjs/common';

export const PUBLIC = 'public';

/** Needs no token. Everything else does: to forget this locks a route, it never opens one. */
export const Public = (): CustomDecorator => SetMetadata(PUBLIC, true);
