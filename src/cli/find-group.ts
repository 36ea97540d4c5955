import { foldName } from '../domain/filter/filter.js';
import { CommandFailure } from './api/failure.js';
import type { WireGroup } from './api/wire/devices.js';
import { readList } from './read-list.js';
import type { Session } from './session.js';

export const GROUPS_PATH = '/api/ota/admin/groups';
export const GROUP_ARGUMENT = ['<group>', 'name or id of the group'] as const;

/** Finds a group by its name, in capitals or not, or else by its id. @throws CommandFailure if there is none */
export async function findGroup(session: Session, text: string): Promise<WireGroup> {
  const { body } = await readList<WireGroup>(session.admin(), GROUPS_PATH, {}, { all: true });
  const found =
    body.find(({ name }) => foldName(name) === foldName(text)) ?? body.find(({ id }) => String(id) === text);
  if (found) return found;
  throw new CommandFailure(`There is no group "${text}".`, ['ota group list shows the groups.']);
}
