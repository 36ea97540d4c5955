import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import { counted } from '../../ui/numbers';
import { answer, api, page, type Page, type Shape } from '../client';
import { useAction } from '../use-action';

export type Group = Shape<'GroupResponse'>;

export const groupsQuery = queryOptions({
  queryKey: ['groups', 'list'],
  queryFn: ({ signal }) =>
    page(api.GET('/api/ota/admin/groups', { params: { query: { limit: 1000 } }, signal })),
});

export const groupQuery = (id: number) =>
  queryOptions({
    queryKey: ['groups', 'one', id],
    queryFn: ({ signal }) =>
      answer(api.GET('/api/ota/admin/groups/{group_id}', { params: { path: { group_id: id } }, signal })),
    placeholderData: keepPreviousData,
  });

export interface NewGroup {
  readonly name: string;
  readonly description?: string | null;
  readonly filter?: string | null;
  readonly device_ids?: number[];
}

/** Creates a group; Undo deletes it. */
export const useCreateGroup = () =>
  useAction<NewGroup, Group>({
    run: (body) => answer(api.POST('/api/ota/admin/groups', { body })),
    changes: ['groups'],
    done: ({ name, count }) =>
      `Created the group ${name}${count === null ? '' : ` with ${counted(count, 'device')}`}.`,
    undo: ({ id }) => remove(id),
  });

export interface GroupChange {
  readonly group: Group;
  readonly change: { readonly name?: string; readonly description?: string | null; readonly filter?: string };
}

/** Changes what is said of a group; Undo sets it as it was. */
export const useChangeGroup = () =>
  useAction<GroupChange, Group>({
    run: ({ group, change }) => patch(group.id, change),
    changes: ['groups', 'devices'],
    atOnce: ({ group, change }) => [
      {
        key: ['groups', 'list'],
        become: (held: Page<Group>) => ({
          ...held,
          rows: held.rows.map((row) => (row.id === group.id ? { ...row, ...change } : row)),
        }),
      },
      { key: ['groups', 'one', group.id], become: (held: Group) => ({ ...held, ...change }) },
    ],
    done: ({ name }) => `Changed the group ${name}.`,
    undo: (_after, { group, change }) => {
      const { name, description, filter } = group;
      return patch(group.id, {
        ...(change.name !== undefined && { name }),
        ...(change.description !== undefined && { description }),
        ...(change.filter !== undefined && filter !== null && { filter }),
      });
    },
  });

/** Deletes a group; its devices stay. */
export const useDeleteGroup = () =>
  useAction<Group, unknown>({
    run: ({ id }) => remove(id),
    changes: ['groups', 'devices'],
    done: (_answer, { name }) => `Deleted the group ${name}.`,
  });

const patch = (id: number, body: GroupChange['change']): Promise<Group> =>
  answer(api.PATCH('/api/ota/admin/groups/{group_id}', { params: { path: { group_id: id } }, body }));

const remove = (id: number): Promise<unknown> =>
  answer(api.DELETE('/api/ota/admin/groups/{group_id}', { params: { path: { group_id: id } } }));

/** @returns the ids of the devices of a group as a table, which can be sent back */
export async function exportMembers(id: number): Promise<Blob> {
  const request = api.GET('/api/ota/admin/groups/{group_id}/members', {
    params: { path: { group_id: id } },
    headers: { Accept: 'text/csv' },
    parseAs: 'blob',
  });
  return answer(request as Promise<{ data?: Blob; error?: unknown; response: Response }>);
}

/** Sets the members of a group by a table of devices; Undo puts back those that it had. */
export const useSetMembers = () =>
  useAction<{ readonly group: Group; readonly csv: string }, { group: Group; before: number[] }>({
    run: async ({ group, csv }) => {
      const params = { path: { group_id: group.id } };
      const { device_ids } = await answer(api.GET('/api/ota/admin/groups/{group_id}/members', { params }));
      const after = await answer(
        api.PUT('/api/ota/admin/groups/{group_id}/members', {
          params,
          body: csv as never,
          bodySerializer: () => csv,
          headers: { 'Content-Type': 'text/csv' },
        }),
      );
      return { group: after, before: device_ids };
    },
    changes: ['groups', 'devices'],
    done: ({ group: { name, count } }) => `The group ${name} has ${counted(count ?? 0, 'device')} now.`,
    undo: ({ group, before }) =>
      answer(
        api.PUT('/api/ota/admin/groups/{group_id}/members', {
          params: { path: { group_id: group.id } },
          body: { device_ids: before },
        }),
      ),
  });
