import type { Answer, ApiClient, Sending } from './api/api-client.js';

const PAGE = 1000;

export interface PageOptions {
  readonly skip?: number;
  readonly limit?: number;
  readonly all?: boolean;
}

/** Reads one page of a list; with `all`, reads every page and returns them as one. */
export async function readList<Row extends { readonly id: number } | { readonly device_id: number }>(
  admin: ApiClient,
  path: string,
  filter: NonNullable<Sending['query']>,
  { skip, limit, all }: PageOptions,
): Promise<Answer<Row[]>> {
  if (all !== true) return admin.send<Row[]>('GET', path, { query: { ...filter, skip, limit } });
  // Keyed by id, because new rows move others to the next page while the pages are read.
  const rows = new Map<number, Row>();
  for (let begin = skip ?? 0; ; begin += PAGE) {
    const query = { ...filter, skip: begin, limit: PAGE };
    const { body } = await admin.send<Row[]>('GET', path, { query });
    for (const row of body) rows.set('id' in row ? row.id : row.device_id, row);
    if (body.length < PAGE) break;
  }
  const body = [...rows.values()];
  return { body, text: JSON.stringify(body), total: undefined };
}
