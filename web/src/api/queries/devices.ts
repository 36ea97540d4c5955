import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import { answer, api, page, type Page, type Shape } from '../client';

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

/** A part of a long list, to which the page puts the others: unlike a list it never shows another's rows meanwhile. */
export const devicePartQuery = (list: DeviceList) =>
  queryOptions({
    queryKey: ['devices', 'list', list],
    queryFn: ({ signal }) =>
      page(api.GET('/api/ota/admin/devices', { params: { query: listed(list) }, signal })),
  });

/** Of how many devices a page reads at once what it needs to undo a change of them. */
export const MOST_READ = 10_000;
const MOST_AT_ONCE = 1_000;

/** @returns all devices that a filter finds; null when there are more than {@link MOST_READ} */
export async function readDevices(q: string): Promise<readonly Device[] | null> {
  const rows: Device[] = [];
  for (;;) {
    const query = listed({ q, sort: 'device_id', skip: rows.length, limit: MOST_AT_ONCE });
    const { rows: more, total }: Page<Device> = await page(
      api.GET('/api/ota/admin/devices', { params: { query } }),
    );
    rows.push(...more);
    if (total > MOST_READ) return null;
    if (more.length < MOST_AT_ONCE) return rows;
  }
}

/** @returns the devices that a filter finds as a table for a spreadsheet */
export async function exportDevices(q: string): Promise<Blob> {
  return answer(
    api.GET('/api/ota/admin/devices', {
      params: { query: listed({ q }) },
      headers: { Accept: 'text/csv' },
      parseAs: 'blob',
    }) as Promise<{ data?: Blob; error?: unknown; response: Response }>,
  );
}

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
