import { setTimeout as sleep } from 'node:timers/promises';
import type { ApiClient, Sending } from '../api/api-client.js';
import type { OtaLog } from '../api/wire.js';
import { interruption } from '../interruption.js';
import { logLine } from '../output/logs.js';
import type { Output } from '../output/output.js';

interface Pace {
  readonly everyMs: number;
  /** How many of the rows that are there already are printed first. */
  readonly first: number | undefined;
}

/** Changes are noticed among so many of the newest rows. */
const WINDOW = 500;
const SHOWN_FIRST = 10;

/** Prints rows as they come and change, a line each, until it is interrupted. */
export async function followLogs(
  admin: ApiClient,
  output: Output,
  filter: NonNullable<Sending['query']>,
  { everyMs, first = SHOWN_FIRST }: Pace,
): Promise<never> {
  const known = new KnownRows();
  const read = async (skip: number): Promise<readonly OtaLog[]> => {
    const query = { ...filter, skip, limit: WINDOW };
    return (await admin.send<OtaLog[]>('GET', '/api/ota/admin/logs', { query })).body;
  };
  let print = known.takeNews(await read(0)).slice(-first);
  for (;;) {
    for (const row of print) output.line(output.isForPeople ? logLine(row) : JSON.stringify(row));
    await sleep(everyMs, undefined, { signal: interruption.signal });
    print = known.takeNews(await readNewest(read, known));
  }
}

/** The window, and what came before it since the last time. */
async function readNewest(
  read: (skip: number) => Promise<readonly OtaLog[]>,
  known: KnownRows,
): Promise<OtaLog[]> {
  const rows: OtaLog[] = [];
  for (;;) {
    const page = await read(rows.length);
    rows.push(...page);
    if (page.length < WINDOW || page.some((row) => known.has(row))) return rows;
  }
}

/** Which rows have been seen, and as what. */
export class KnownRows {
  private versions = new Map<number, string>();

  has({ id }: OtaLog): boolean {
    return this.versions.has(id);
  }

  /**
   * @param rows the newest first, as the server lists them
   * @returns those that are new or not what they were, in the order in which that happened
   */
  takeNews(rows: readonly OtaLog[]): OtaLog[] {
    const news = rows.filter((row) => this.versions.get(row.id) !== versionOf(row));
    this.versions = new Map(rows.map((row) => [row.id, versionOf(row)]));
    return news.sort((a, b) => a.updated_at.localeCompare(b.updated_at) || a.id - b.id);
  }
}

const versionOf = ({ status, updated_at }: OtaLog): string => `${status} ${updated_at}`;
