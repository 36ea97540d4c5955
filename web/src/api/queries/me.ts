import { queryOptions, useQuery } from '@tanstack/react-query';
import { answer, api, type Shape } from '../client';

export type Role = Shape<'MeResponse'>['role'];

const ROLES: readonly Role[] = ['viewer', 'operator', 'admin'];

export const meQuery = queryOptions({
  queryKey: ['people', 'me'],
  queryFn: ({ signal }) => answer(api.GET('/api/auth/me', { signal })),
  staleTime: 300_000,
});

/** @returns whether whoever is logged in may do what takes a role; false until it is known. What they may not is not shown */
export function useMay(needed: Role): boolean {
  const { data } = useQuery(meQuery);
  return data !== undefined && ROLES.indexOf(data.role) >= ROLES.indexOf(needed);
}
