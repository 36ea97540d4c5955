import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { DomainError } from '../../domain/errors.js';
import { NOTHING, type Filter, type ResolvedFilter } from '../../domain/filter/filter.js';
import { parseFilter } from '../../domain/filter/parse-filter.js';
import {
  MAX_RESOLVED_TERMS,
  groupTermsOf,
  resolveGroups,
  termCount,
} from '../../domain/filter/resolve-groups.js';
import { FilterFault } from '../../domain/filter/tokens.js';
import type { GroupEntity } from './group.entity.js';
import { GroupRepository } from './group.repository.js';

/** The fields of requests that are filters. */
type FilterField = 'q' | 'filter' | 'target' | 'phases';

/** Reads filters as people write them, and finds the groups that they name. */
@Injectable()
export class FilterReader {
  constructor(private readonly groups: GroupRepository) {}

  /** @throws DomainError FILTER_INVALID with the place of the fault, also for a group that there is not, and for too many terms in groups */
  async read(text: string, field: FilterField = 'q'): Promise<ResolvedFilter> {
    const filter = parsed(text, field);
    const known = await this.groupsIn(filter);
    const unknown = groupTermsOf(filter).find(({ name }) => !known.has(name));
    if (unknown) throw refusal(new FilterFault(unknown.place, 'the name of a group', unknown.name), field);
    const resolved = resolveGroups(filter, (name) => known.get(name));
    const [named] = groupTermsOf(filter);
    if (named && termCount(resolved) > MAX_RESOLVED_TERMS) {
      const expected = `groups that have together with the filter at most ${MAX_RESOLVED_TERMS} terms`;
      throw refusal(new FilterFault(named.place, expected, named.name), field);
    }
    return resolved;
  }

  /** One that was read before and was kept. One that names a group that was deleted or renamed since finds no device. */
  async readKept(text: string): Promise<ResolvedFilter> {
    const filter = kept(text);
    const known = await this.groupsIn(filter);
    // Who is not in a group that is gone is not known either: `-group:critical` must not let its devices in.
    if (groupTermsOf(filter).some(({ name }) => !known.has(name))) return NOTHING;
    return resolveGroups(filter, (name) => known.get(name));
  }

  /**
   * The groups that kept filters name and that there are not, by their folded names: such a filter finds no device.
   * @param manager of a transaction until whose end those that there are stay as they are
   */
  async findGone(texts: readonly string[], manager?: EntityManager): Promise<string[]> {
    const names = [...new Set(texts.flatMap(groupNamesIn))];
    if (names.length === 0) return [];
    const groups = await (manager ? this.groups.holdByNames(manager, names) : this.groups.findByNames(names));
    const known = new Set(groups.map(({ foldedName }) => foldedName));
    return names.filter((name) => !known.has(name));
  }

  /** Only what a filter names is read. */
  private async groupsIn(filter: Filter): Promise<ReadonlyMap<string, ResolvedFilter>> {
    const names = new Set(groupTermsOf(filter).map(({ name }) => name));
    if (names.size === 0) return new Map();
    const groups = await this.groups.findByNames([...names]);
    return new Map(groups.map((group) => [group.foldedName, contentOf(group)]));
  }
}

/** The folded names of the groups that a kept filter names. */
export const groupNamesIn = (text: string): readonly string[] =>
  groupTermsOf(kept(text)).map(({ name }) => name);

/** Which devices are in a group: its members, or those that its filter finds. */
export function contentOf({ id, filter }: Pick<GroupEntity, 'id' | 'filter'>): ResolvedFilter {
  if (filter === null) return { kind: 'member', groupId: id };
  return resolveGroups(kept(filter), () => undefined);
}

/**
 * The filter of a group, which names no groups: none can contain itself, and what a filter costs stays bounded.
 * @throws DomainError FILTER_INVALID
 */
export function readFilterOfGroup(text: string): void {
  const [named] = groupTermsOf(parsed(text, 'filter'));
  if (!named) return;
  const expected = 'another term: the filter of a group names no groups';
  throw refusal(new FilterFault(named.place, expected, `group:${named.name}`), 'filter');
}

function parsed(text: string, field: FilterField): Filter {
  try {
    return parseFilter(text);
  } catch (error) {
    throw error instanceof FilterFault ? refusal(error, field) : error;
  }
}

/** A text that an earlier version took for a filter, and this one does not, finds nothing. */
function kept(text: string): Filter {
  try {
    return parseFilter(text);
  } catch {
    return NOTHING;
  }
}

const refusal = ({ message }: FilterFault, field: FilterField): DomainError =>
  new DomainError('FILTER_INVALID', message, { [field]: message });
