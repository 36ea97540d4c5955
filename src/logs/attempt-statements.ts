import type { Instant } from '../domain/instant.js';
import type { AttemptStatus } from '../domain/ota-attempt.js';
import type { Attempt, AttemptKey, AttemptPlan } from './plan-attempts.js';

/* The statement that writes attempts, and what they change in the totals of the list. Only LogsRepository sends it. */

/** SQL, and the values that it takes. */
export interface Statement {
  readonly sql: string;
  readonly parameters: unknown[];
}

/** What is known of a row that was deleted. */
export interface DeletedRow {
  readonly firmware_id: number;
  readonly status: AttemptStatus;
}

/** The part of a row that reports change. */
const STATE =
  'status, error_message, bytes_downloaded, download_started_at, download_completed_at, installed_at, repeated_ends';
/** With the time of the change, the types of {@link stateColumns}: times are microseconds. */
const STATE_TYPES = ['text', 'text', 'bigint', 'bigint', 'bigint', 'bigint', 'jsonb', 'bigint'];
/** Exact, and immutable, which adding an interval to a time is not: a distributed database takes nothing else here. */
const timeOf = (column: string): string => `to_timestamp(${column} / 1000000::float8)`;
/** `unnest($1::bigint[], $2::text[])` */
const unnested = (first: number, types: readonly string[]): string =>
  `unnest(${types.map((type, index) => `$${first + index}::${type}[]`).join(', ')})`;

const NEW_STATE = `new.status, new.error_message, new.bytes_downloaded, ${timeOf('new.download_started_at')},
         ${timeOf('new.download_completed_at')}, ${timeOf('new.installed_at')}, new.repeated_ends,
         ${timeOf('new.changed_at')}`;
const CHANGE_TYPES = ['bigint', 'bigint', ...STATE_TYPES];
const OPEN_TYPES = [...STATE_TYPES, 'bigint', 'bigint', 'bigint'];
const COUNT_TYPES = ['bigint', 'text', 'bigint'];

/** @param first the first parameter, as of the others */
const changeFrom = (first: number): string => `
  UPDATE device_ota_log AS log
     SET (${STATE}, updated_at) = (${NEW_STATE})
    FROM ${unnested(first, CHANGE_TYPES)} AS new (device_id, id, ${STATE}, changed_at)
   WHERE log.device_id = new.device_id AND log.id = new.id AND log.device_id = ANY($${first}::bigint[])`;
const openFrom = (first: number): string => `
  INSERT INTO device_ota_log (${STATE}, updated_at, device_id, firmware_id, created_at)
  SELECT ${NEW_STATE}, device_id, firmware_id, ${timeOf('opened_at')}
    FROM ${unnested(first, OPEN_TYPES)}
         WITH ORDINALITY AS new (${STATE}, changed_at, device_id, firmware_id, opened_at, place)
   ORDER BY place
  RETURNING id`;
const countFrom = (first: number): string => `
  INSERT INTO attempt_count (firmware_id, status, change) SELECT * FROM ${unnested(first, COUNT_TYPES)}`;

/**
 * Writes what has become of attempts, and new ones in their order, of which it returns the ids, and by how much that changes
 * the totals. One statement: the way to the database and back costs more than the work.
 * @param before the status of each changed attempt, as it is on record
 * @returns null when there is nothing to write
 */
export function attemptStatement(
  { changed, opened }: Pick<AttemptPlan, 'changed' | 'opened'>,
  before: ReadonlyMap<Attempt, AttemptStatus>,
): Statement | null {
  const counts = countChanges(changed, opened, before);
  const parameters: unknown[] = [];
  const parts: string[] = [];
  const add = (statement: (first: number) => string, columns: readonly unknown[]): void => {
    parts.push(statement(parameters.length + 1));
    parameters.push(...columns);
  };
  if (counts.length > 0) add(countFrom, countColumns(counts));
  if (changed.length > 0)
    add(changeFrom, [
      changed.map(({ deviceId }) => deviceId),
      changed.map(({ id }) => id),
      ...stateColumns(changed),
    ]);
  if (opened.length > 0)
    add(openFrom, [
      ...stateColumns(opened),
      ...keyColumns(opened),
      opened.map(({ record }) => record.openedAt),
    ]);
  const last = parts.pop();
  if (last === undefined) return null;
  const others = parts.map((part, index) => `part_${index} AS (${part})`).join(', ');
  return { sql: others === '' ? last : `WITH ${others} ${last}`, parameters };
}

/** Takes rows that were deleted out of the totals. */
export function deletionCount(gone: readonly DeletedRow[]): Statement {
  const counts = new Counts();
  for (const { firmware_id, status } of gone) counts.add(firmware_id, status, -1);
  return { sql: countFrom(1), parameters: countColumns(counts.all()) };
}

/** By how much the number of attempts at a firmware with a status changes. */
interface CountChange {
  readonly firmwareId: number;
  readonly status: AttemptStatus;
  change: number;
}

/** Adds up changes of the totals, so that each pair of firmware and status comes once. */
class Counts {
  private readonly changes = new Map<string, CountChange>();

  add(firmwareId: number, status: AttemptStatus, change: number): void {
    const key = `${firmwareId}:${status}`;
    const known = this.changes.get(key);
    if (known) known.change += change;
    else this.changes.set(key, { firmwareId, status, change });
  }

  all(): CountChange[] {
    return [...this.changes.values()].filter(({ change }) => change !== 0);
  }
}

function countChanges(
  changed: readonly Attempt[],
  opened: readonly Attempt[],
  before: ReadonlyMap<Attempt, AttemptStatus>,
): CountChange[] {
  const counts = new Counts();
  for (const attempt of opened) counts.add(attempt.firmwareId, attempt.record.state.status, 1);
  for (const attempt of changed) {
    const status = before.get(attempt);
    if (status === undefined)
      throw new Error(`The status of attempt ${attempt.id} before its change is not known.`);
    counts.add(attempt.firmwareId, status, -1);
    counts.add(attempt.firmwareId, attempt.record.state.status, 1);
  }
  return counts.all();
}

const countColumns = (counts: readonly CountChange[]): unknown[] => [
  counts.map(({ firmwareId }) => firmwareId),
  counts.map(({ status }) => status),
  counts.map(({ change }) => change),
];

function keyColumns(keys: readonly AttemptKey[]): unknown[] {
  return [keys.map(({ deviceId }) => deviceId), keys.map(({ firmwareId }) => firmwareId)];
}

function stateColumns(attempts: readonly Attempt[]): unknown[] {
  const records = attempts.map(({ record }) => record);
  return [
    records.map(({ state }) => state.status),
    records.map(({ state }) => state.errorMessage),
    records.map(({ state }) => state.bytesDownloaded),
    records.map(({ state }) => instantOf(state.downloadStartedAt)),
    records.map(({ state }) => instantOf(state.downloadCompletedAt)),
    records.map(({ state }) => instantOf(state.installedAt)),
    records.map(({ repeatedEnds }) => (repeatedEnds.length === 0 ? null : JSON.stringify(repeatedEnds))),
    records.map(({ changedAt }) => changedAt),
  ];
}

const instantOf = (time: Date | null): Instant | null => time && time.getTime() * 1_000;
