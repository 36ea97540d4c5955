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

/** JSON without spaces, the keys of objects in the order of their code units. */
function canonical(value: Json): string {
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  if (isList(value)) return `[${value.map(canonical).join(',')}]`;
  const keys = Object.keys(value).sort();
  return `{${keys.map((key) => `${JSON.stringify(key)}:${canonical(value[key] ?? null)}`).join(',')}}`;
}

const isList = (value: Json): value is readonly Json[] => Array.isArray(value);
