import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Response } from 'express';

export const CSV = 'text/csv';

interface Form {
  readonly type: string;
  readonly begin: string;
  readonly between: string;
  /** After the ids, if there are any. */
  readonly afterIds: string;
  readonly end: string;
}

export const JSON_FORM: Form = {
  type: 'application/json; charset=utf-8',
  begin: '{"device_ids":[',
  between: ',',
  afterIds: '',
  end: ']}',
};
export const CSV_FORM: Form = {
  type: `${CSV}; charset=utf-8; header=present`,
  begin: 'device_id\r\n',
  between: '\r\n',
  afterIds: '\r\n',
  end: '',
};

/** As fast as the client reads. What fails before the first ids is answered as any other error. */
export async function sendMembers(
  response: Response,
  { type, begin, between, afterIds, end }: Form,
  pages: AsyncGenerator<readonly number[]>,
): Promise<void> {
  const first = await pages.next();
  async function* pieces(): AsyncGenerator<string> {
    yield begin;
    if (first.done !== true) {
      yield first.value.join(between);
      for await (const ids of pages) yield between + ids.join(between);
      yield afterIds;
    }
    yield end;
  }
  response.setHeader('Content-Type', type);
  await pipeline(Readable.from(pieces(), { highWaterMark: 1 }), response).catch((error: unknown) => {
    // A client that went away, and one that was answered half of it: a cut connection does not look like all.
    if (!response.destroyed) throw error;
  });
}
