import { queryOptions } from '@tanstack/react-query';
import { api, page, type Shape } from '../client';

export type Group = Shape<'GroupResponse'>;

export const groupsQuery = queryOptions({
  queryKey: ['groups', 'list'],
  queryFn: ({ signal }) =>
    page(api.GET('/api/ota/admin/groups', { params: { query: { limit: 1000 } }, signal })),
});
