import { queryOptions, useQueryClient } from '@tanstack/react-query';
import { all, term } from '../../filter';
import { answer, api, page } from '../client';
import { useAction } from '../use-action';
import { nameOf } from './device-changes';
import type { Device } from './devices';
import type { Group } from './groups';

/** Each group is one question; more than so many are not asked about. */
export const MOST_ASKED = 20;

/**
 * The groups that a device is in. Its key is of no resource: an event of any device would ask about all groups again.
 */
export const membershipsQuery = (id: number, groups: readonly Group[]) =>
  queryOptions({
    queryKey: ['memberships', id, groups.map(({ id: group }) => group)],
    queryFn: async ({ signal }) => {
      const asked = groups.slice(0, MOST_ASKED);
      const found = await Promise.all(
        asked.map(({ name }) => {
          const q = all(term('id', String(id)), term('group', name));
          return page(api.GET('/api/ota/admin/devices', { params: { query: { q, limit: 1 } }, signal }));
        }),
      );
      return asked.filter((_group, index) => (found[index]?.total ?? 0) > 0);
    },
    enabled: groups.length > 0,
    staleTime: 60_000,
  });

interface MemberInput {
  readonly group: Group;
  readonly device: Device;
  readonly isMember: boolean;
}

/** Puts a device into a group with members, or takes it out. */
export function useMembership() {
  const client = useQueryClient();
  const again = <T>(result: T): T => {
    void client.invalidateQueries({ queryKey: ['memberships'] });
    return result;
  };
  return useAction<MemberInput, Group>({
    run: ({ group, device, isMember }) => setMember(group.id, device.device_id, isMember).then(again),
    changes: ['groups', 'devices'],
    done: (_group, { group, device, isMember }) =>
      `${nameOf(device)} is ${isMember ? '' : 'not '}in the group ${group.name}${isMember ? '' : ' any more'}.`,
    undo: (_group, { group, device, isMember }) =>
      setMember(group.id, device.device_id, !isMember).then(again),
  });
}

async function setMember(group: number, device: number, isMember: boolean): Promise<Group> {
  const params = { path: { group_id: group } };
  const { device_ids } = await answer(api.GET('/api/ota/admin/groups/{group_id}/members', { params }));
  const others = device_ids.filter((id) => id !== device);
  const body = { device_ids: isMember ? [...others, device] : others };
  return answer(api.PUT('/api/ota/admin/groups/{group_id}/members', { params, body }));
}
