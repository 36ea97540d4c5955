import type { Answer, ApiClient, Sending } from './api/api-client.js';

const PAGE = 1000;

export interface PageOptions {
  readonly skip?: number;
  readonly limit?: number;
  readonly all?: boolean;
}

/** One page of a list; with `all`, every page as if it were one. */
export async function readList<Row extends { readonly id: number }>(
  admin: ApiClient,
  path: string,
  filter: NonNullable<Sending['query']>,
  { skip, limit, all }: PageOptions,
): Promise<Answer<Row[]>> {
  if (all !== true) return admin.send<Row[]>('GET', path, { query: { ...filter, skip, limit } });
  // By id, since rows that come meanwhile push others onto the next page.
  const rows = new Map<number, Row>();
  for (let begin = skip ?? 0; ; begin += PAGE) {
    const query = { ...filter, skip: begin, limit: PAGE };
    const { body } = await admin.send<Row[]>('GET', path, { query });
    for (const row of body) rows.set(row.id, row);
    if (body.length < PAGE) break;
  }
  const body = [...rows.values()];
  return { body, text: JSON.stringify(body), total: undefined };
}
