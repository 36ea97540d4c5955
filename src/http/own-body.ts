import { SetMetadata } from '@nestjs/common';

export const OWN_BODY = 'own body';

/**
 * A route that reads bodies of this type by itself, as a stream, and with a limit of its own. Bodies of other types are
 * read for it as JSON, as everywhere.
 */
export const ReadsItself = (type: string): MethodDecorator => SetMetadata(OWN_BODY, type);
