import { Unreachable, type Sending } from '../api/api-client.js';
import type { CommandFailure } from '../api/failure.js';
import { Refusal } from '../api/problem.js';
import { LOG_FIELDS, type OtaLog } from '../api/wire/logs.js';
import { FirmwareNames } from '../find-firmware.js';
import { logLine } from '../output/logs.js';
import { renderTsv } from '../output/tsv.js';
import type { Session } from '../session.js';

interface Pace {
  readonly everyMs: number;
  /** Number of existing rows to print first. */
  readonly first: number | undefined;
}

/** Changes are detected among this many of the newest rows. */
const WINDOW = 500;
const SHOWN_FIRST = 10;
/** Minimum time between two requests. */
const LEAST_PAUSE_MS = 2000;
/** Maximum pause while the server cannot be reached. */
const LONGEST_PAUSE_MS = 30_000;

/** Prints new and changed rows, one per line, until it is interrupted; resumes after an outage. */
export async function followLogs(
  session: Session,
  filter: NonNullable<Sending['query']>,
  { everyMs, first = SHOWN_FIRST }: Pace,
): Promise<never> {
  const admin = session.admin();
  const known = new KnownRows();
  const names = new FirmwareNames(admin);
  const pause = Math.max(everyMs, LEAST_PAUSE_MS);
  const read = async (skip: number): Promise<readonly OtaLog[]> => {
    const query = { ...filter, skip, limit: WINDOW };
    return (await admin.send<OtaLog[]>('GET', '/api/ota/admin/logs', { query })).body;
  };
  let news = known.takeNews(await read(0)).slice(-first);
  let isFirst = true;
  for (;;) {
    await print(news, session, names, isFirst);
    isFirst = false;
    await session.io.sleep(pause);
    news = known.takeNews(await persist(session, pause, () => readNewest(read, known)));
  }
}

/** Retries with increasing pauses while the server cannot be reached or answers with a temporary error. */
async function persist<T>(session: Session, pause: number, read: () => Promise<T>): Promise<T> {
  for (let wait = pause, isLost = false; ; wait = Math.min(wait * 2, LONGEST_PAUSE_MS)) {
    try {
      const result = await read();
      if (isLost) session.output.warn('The server is reachable again.');
      return result;
    } catch (error) {
      if (!mayPass(error)) throw error;
      if (!isLost) session.output.warn(`${error.message} Retrying until Ctrl-C.`);
      isLost = true;
      await session.io.sleep(wait);
    }
  }
}

const mayPass = (error: unknown): error is CommandFailure =>
  error instanceof Unreachable ||
  (error instanceof Refusal && (error.problem.status >= 500 || error.problem.status === 429));

async function print(
  rows: readonly OtaLog[],
  { output }: Session,
  names: FirmwareNames,
  isFirst: boolean,
): Promise<void> {
  if (output.isForPeople) {
    await names.learn(rows.map(({ firmware_id }) => firmware_id));
    for (const row of rows) output.line(logLine(row, output.times, names.known));
  } else if (output.format === 'tsv') {
    const [title = '', ...lines] = renderTsv(rows, LOG_FIELDS).split('\n');
    for (const line of isFirst ? [title, ...lines] : lines) output.line(line);
  } else {
    for (const row of rows) output.json(JSON.stringify(row));
  }
}

/** Reads the window, and older pages until one contains a known row. */
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

/** Remembers which rows have been seen, and in which state. */
export class KnownRows {
  private versions = new Map<number, string>();

  has({ id }: OtaLog): boolean {
    return this.versions.has(id);
  }

  /**
   * @param rows the newest first, as the server lists them
   * @returns the rows that are new or have changed, oldest change first
   */
  takeNews(rows: readonly OtaLog[]): OtaLog[] {
    const news = rows.filter((row) => this.versions.get(row.id) !== versionOf(row));
    this.versions = new Map(rows.map((row) => [row.id, versionOf(row)]));
    return news.sort((a, b) => a.updated_at.localeCompare(b.updated_at) || a.id - b.id);
  }
}

const versionOf = ({ status, updated_at }: OtaLog): string => `${status} ${updated_at}`;
