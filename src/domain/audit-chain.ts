import { createHash } from 'node:crypto';

/** What JSON can hold. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** What an audit row says, apart from its place in the chain. */
export interface AuditFacts {
  /** ISO 8601 in UTC, to the millisecond. */
  readonly at: string;
  readonly actorKind: 'user' | 'token' | 'device' | 'server';
  readonly actorId: number | null;
  readonly actorName: string;
  readonly address: string | null;
  readonly requestId: string | null;
  readonly action: string;
  /** `firmware:12`: what kind of thing, and which. */
  readonly target: string;
  readonly before: Json;
  readonly after: Json;
  readonly result: 'done' | 'refused';
}

/** A row in its place: the ids are 1, 2, 3 …, and each row holds the hash of the one before. */
export interface AuditRow extends AuditFacts {
  readonly id: number;
  readonly previousHash: string;
  readonly hash: string;
}

/** Rows of this age or less are never removed. */
export const LEAST_AUDIT_DAYS = 90;

/** The hash before the first row. */
export const FIRST_HASH = '0'.repeat(64);

/**
 * The SHA-256 of a row, lower-case hex, over the JSON of its values in a fixed order. Keys of objects are sorted, since
 * PostgreSQL keeps jsonb in an order of its own.
 */
export function auditHash(row: Omit<AuditRow, 'hash'>): string {
  const values: Json = [
    row.previousHash,
    row.id,
    row.at,
    row.actorKind,
    row.actorId,
    row.actorName,
    row.address,
    row.requestId,
    row.action,
    row.target,
    row.before,
    row.after,
    row.result,
  ];
  return createHash('sha256').update(canonical(values)).digest('hex');
}

/** How far a chain was verified. */
export interface ChainPlace {
  /** Of the row that must come next. */
  readonly nextId: number;
  /** The hash that it must hold of the row before; null: that row is not known, so whatever it holds is accepted. */
  readonly previousHash: string | null;
}

/** The first row of a chain that is not what was written. */
export interface ChainFault {
  readonly id: number;
  readonly what: 'changed' | 'removed' | 'moved' | 'added';
  /** A sentence. */
  readonly reason: string;
}

export interface ChainVerdict {
  /** After the last row that is as it was written. */
  readonly place: ChainPlace;
  readonly fault: ChainFault | null;
}

/** A row whose hash was kept elsewhere: in the head of the log, or outside of the server. */
export interface KnownRow {
  readonly id: number;
  readonly hash: string;
}

/**
 * @param rows the next ones from `place` on, the oldest first
 * @param known hashes that were kept elsewhere: they find a chain that was made anew from a row on
 */
export function verifyChain(
  place: ChainPlace,
  rows: readonly AuditRow[],
  known: readonly KnownRow[] = [],
): ChainVerdict {
  let at = place;
  for (const [index, row] of rows.entries()) {
    const fault = faultOf(at, row, rows, rows[index + 1]) ?? otherThanKnown(row, known);
    if (fault) return { place: at, fault };
    at = { nextId: row.id + 1, previousHash: row.hash };
  }
  return { place: at, fault: null };
}

/** Whether a chain that was verified to its last row ends before one that is known. */
export function verifyEnd({ nextId }: ChainPlace, known: readonly KnownRow[]): ChainFault | null {
  const last = Math.max(...known.map(({ id }) => id));
  return last >= nextId ? removed(nextId, last) : null;
}

function otherThanKnown(row: AuditRow, known: readonly KnownRow[]): ChainFault | null {
  const isOther = known.some(({ id, hash }) => id === row.id && hash !== row.hash);
  return isOther ? changed(row.id, 'its hash is not the one that was kept of it') : null;
}

function faultOf(
  { nextId, previousHash }: ChainPlace,
  row: AuditRow,
  rows: readonly AuditRow[],
  next: AuditRow | undefined,
): ChainFault | null {
  if (row.id > nextId) return removed(nextId, row.id - 1);
  if (row.id < nextId) return moved(row.id, `it comes after row ${nextId - 1}`);
  if (auditHash(row) !== row.hash) {
    const ownId = rows.find(({ id }) => auditHash({ ...row, id }) === row.hash)?.id;
    return ownId === undefined
      ? changed(row.id, 'its hash is not that of its contents')
      : moved(row.id, `in its place is what was row ${ownId}`);
  }
  if (previousHash === null || row.previousHash === previousHash) return null;
  // One of two was rewritten together with its own hash. If it was this one, the next row does not know it.
  const isThisOne = next !== undefined && next.previousHash !== row.hash;
  return isThisOne
    ? changed(row.id, 'the rows before and after it do not know its hash')
    : changed(row.id - 1, `row ${row.id} holds another hash of it`);
}

function removed(first: number, last: number): ChainFault {
  const reason =
    first === last ? `Row ${first} was removed.` : `Row ${first} was removed, and all others up to ${last}.`;
  return { id: first, what: 'removed', reason };
}

const changed = (id: number, why: string): ChainFault => ({
  id,
  what: 'changed',
  reason: `Row ${id} was changed: ${why}.`,
});

const moved = (id: number, why: string): ChainFault => ({
  id,
  what: 'moved',
  reason: `Row ${id} was moved: ${why}.`,
});

/** JSON without spaces, the keys of objects in the order of their code units. */
function canonical(value: Json): string {
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  if (isList(value)) return `[${value.map(canonical).join(',')}]`;
  const keys = Object.keys(value).sort();
  return `{${keys.map((key) => `${JSON.stringify(key)}:${canonical(value[key] ?? null)}`).join(',')}}`;
}

const isList = (value: Json): value is readonly Json[] => Array.isArray(value);
