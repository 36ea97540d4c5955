import { Injectable } from '@nestjs/common';
import { DomainError } from '../../domain/errors.js';
import type { ResolvedFilter } from '../../domain/filter/filter.js';
import { parseFilter } from '../../domain/filter/parse-filter.js';
import { resolveGroups } from '../../domain/filter/resolve-groups.js';
import { FilterFault } from '../../domain/filter/tokens.js';

@Injectable()
export class FilterReader {
  read(q: string): Promise<ResolvedFilter> {
    try {
      return Promise.resolve(resolveGroups(parseFilter(q), () => undefined));
    } catch (error) {
      if (error instanceof FilterFault) throw new DomainError('FILTER_INVALID', error.message);
      throw error;
    }
  }
}
