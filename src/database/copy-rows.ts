import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ClientBase } from 'pg';
import { from as copyFrom, to as copyTo } from 'pg-copy-streams';
import { quoted } from './tables.js';

/*
 * Rows travel as the text of COPY, in which every value of every type stays what it is, whatever versions of PostgreSQL
 * read and write it: with the settings below, which also keep names of time zones and languages out of it. It takes as
 * long as it takes.
 */
const SETTINGS = `
  SET LOCAL client_encoding = 'UTF8';
  SET LOCAL datestyle = 'ISO';
  SET LOCAL intervalstyle = 'postgres';
  SET LOCAL timezone = 'UTC';
  SET LOCAL bytea_output = 'hex';
  SET LOCAL extra_float_digits = 1;
  SET LOCAL statement_timeout = 0;
  SET LOCAL idle_in_transaction_session_timeout = 0`;

/** To be called in each transaction that copies rows. */
export async function prepareToCopy(client: ClientBase): Promise<void> {
  await client.query(SETTINGS);
}

const listOf = (columns: readonly string[]): string => columns.map(quoted).join(', ');

/** All rows of a table. */
export function rowsOf(client: ClientBase, table: string, columns: readonly string[]): Readable {
  return client.query(copyTo(`COPY ${quoted(table)} (${listOf(columns)}) TO STDOUT`));
}

/** Adds rows to a table. */
export async function addRows(
  client: ClientBase,
  table: string,
  columns: readonly string[],
  rows: AsyncIterable<Buffer>,
): Promise<void> {
  const target = client.query(copyFrom(`COPY ${quoted(table)} (${listOf(columns)}) FROM STDIN`));
  await pipeline(Readable.from(rows, { objectMode: false }), target);
}
