import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { answer, api, page, type Shape } from '../client';

export type AuditRow = Shape<'AuditRowResponse'>;

export interface AuditFilter {
  readonly actor?: string | undefined;
  readonly action?: string | undefined;
  readonly target?: string | undefined;
}

const PAGE = 100;

/** The newest first, in pages that are loaded on demand. */
export const auditQuery = (filter: AuditFilter) =>
  infiniteQueryOptions({
    queryKey: ['audit', 'list', filter],
    queryFn: ({ pageParam, signal }) =>
      page(
        api.GET('/api/ota/admin/audit', {
          params: { query: { ...said(filter), skip: pageParam, limit: PAGE } },
          signal,
        }),
      ),
    initialPageParam: 0,
    getNextPageParam: ({ total }, _pages, skip) => (skip + PAGE < total ? skip + PAGE : undefined),
  });

export const auditHeadQuery = queryOptions({
  queryKey: ['audit', 'head'],
  queryFn: ({ signal }) => answer(api.GET('/api/ota/admin/audit/head', { signal })),
});

const said = (filter: AuditFilter) =>
  Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== undefined)) as Record<
    string,
    string
  >;

const MOST = 1_000;

/** @returns the next rows after one, the oldest first; none: that was the last */
export const auditRowsAfter = (id: number): Promise<AuditRow[]> =>
  answer(api.GET('/api/ota/admin/audit', { params: { query: { after_id: id, skip: 0, limit: MOST } } }));
