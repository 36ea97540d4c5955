import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import { answer, api, page, type Shape } from '../client';

export type Firmware = Shape<'FirmwareResponse'>;

export interface FirmwareList {
  readonly device_type?: string;
  readonly skip?: number;
  readonly limit?: number;
}

export const firmwareListQuery = (list: FirmwareList) =>
  queryOptions({
    queryKey: ['firmware', 'list', list],
    queryFn: ({ signal }) => page(api.GET('/api/ota/admin/firmware', { params: { query: list }, signal })),
    placeholderData: keepPreviousData,
  });

export const firmwareQuery = (id: number) =>
  queryOptions({
    queryKey: ['firmware', 'one', id],
    queryFn: ({ signal }) =>
      answer(
        api.GET('/api/ota/admin/firmware/{firmware_id}', { params: { path: { firmware_id: id } }, signal }),
      ),
  });
