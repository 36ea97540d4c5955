import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import { answer, api, page, type Shape } from '../client';

export type Device = Shape<'DeviceResponse'>;
export type DeviceStatus = Device['status'];

export interface DeviceList {
  readonly q?: string | undefined;
  readonly sort?: string | undefined;
  readonly skip?: number;
  readonly limit?: number;
}

export const devicesQuery = (list: DeviceList) =>
  queryOptions({
    queryKey: ['devices', 'list', list],
    queryFn: ({ signal }) =>
      page(api.GET('/api/ota/admin/devices', { params: { query: listed(list) }, signal })),
    placeholderData: keepPreviousData,
  });

export const fleetQuery = (q?: string) =>
  queryOptions({
    queryKey: ['devices', 'summary', q ?? ''],
    queryFn: ({ signal }) =>
      answer(api.GET('/api/ota/admin/devices/summary', { params: { query: listed({ q }) }, signal })),
    placeholderData: keepPreviousData,
  });

export const deviceQuery = (id: number) =>
  queryOptions({
    queryKey: ['devices', 'one', id],
    queryFn: ({ signal }) =>
      answer(api.GET('/api/ota/admin/devices/{device_id}', { params: { path: { device_id: id } }, signal })),
  });

/** Why it is updated or not: `ota why`. */
export const explanationQuery = (id: number) =>
  queryOptions({
    queryKey: ['devices', 'explanation', id],
    queryFn: ({ signal }) =>
      answer(
        api.GET('/api/ota/admin/devices/{device_id}/explain', {
          params: { path: { device_id: id } },
          signal,
        }),
      ),
  });

/** Without what is not said, which the types of the API ask for. */
function listed({ q, sort, skip, limit }: DeviceList) {
  return {
    ...(q !== undefined && q !== '' && { q }),
    ...(sort !== undefined && { sort }),
    ...(skip !== undefined && { skip }),
    ...(limit !== undefined && { limit }),
  };
}
