import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import { api, page, type Shape } from '../client';

export type Attempt = Shape<'LogResponse'>;

export interface AttemptList {
  readonly device_id?: number;
  readonly firmware_id?: number;
  readonly status?: Attempt['status'];
  readonly since?: string;
  readonly before?: string;
  readonly skip?: number;
  readonly limit?: number;
}

export const attemptsQuery = (list: AttemptList) =>
  queryOptions({
    queryKey: ['attempts', 'list', list],
    queryFn: ({ signal }) => page(api.GET('/api/ota/admin/logs', { params: { query: list }, signal })),
    placeholderData: keepPreviousData,
  });
