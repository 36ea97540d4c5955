import type { Json } from '../../domain/audit-chain.js';
import type { NewGroup } from '../filter/group.repository.js';

/* What the audit log says of groups, by the names that the API has for it. */

export const groupTarget = (id: number): string => `group:${id}`;

/** @param members of a group that is made with them */
export const groupOnRecord = ({ name, description, filter }: NewGroup, members?: number): Json => ({
  name,
  description,
  filter,
  ...(members !== undefined && { members }),
});
