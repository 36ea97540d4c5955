import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import { answer, api, page, type Shape } from '../client';

export type Rollout = Shape<'RolloutResponse'>;
export type RolloutDetail = Shape<'RolloutDetailResponse'>;
export type RolloutState = Rollout['state'];

export interface RolloutList {
  /** States, separated by commas. */
  readonly state?: string;
  readonly firmware_id?: number;
  readonly skip?: number;
  readonly limit?: number;
}

export const rolloutsQuery = (list: RolloutList) =>
  queryOptions({
    queryKey: ['rollouts', 'list', list],
    queryFn: ({ signal }) =>
      page(api.GET('/api/ota/admin/rollouts', { params: { query: list as Record<string, never> }, signal })),
    placeholderData: keepPreviousData,
  });

export const rolloutQuery = (id: number) =>
  queryOptions({
    queryKey: ['rollouts', 'one', id],
    queryFn: ({ signal }) =>
      answer(
        api.GET('/api/ota/admin/rollouts/{rollout_id}', { params: { path: { rollout_id: id } }, signal }),
      ),
  });
