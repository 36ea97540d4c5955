import type { AuditRow } from '../../api/queries/audit';

/** Where a chain stands: the id that comes next, and the hash that its row must hold of the one before. */
export interface ChainPlace {
  readonly nextId: number;
  readonly previousHash: string;
}

export type ChainVerdict =
  | { readonly isWhole: true; readonly place: ChainPlace }
  | { readonly isWhole: false; readonly id: number; readonly reason: string };

/**
 * Computes the hashes of rows again, as `ota audit verify` does.
 * @param rows the next of the chain, in its order
 * @param sha256 of a text, in lower-case hex
 */
export async function verifyRows(
  rows: readonly AuditRow[],
  place: ChainPlace,
  sha256: (text: string) => Promise<string>,
): Promise<ChainVerdict> {
  let { nextId, previousHash } = place;
  for (const row of rows) {
    if (row.id !== nextId)
      return { isWhole: false, id: nextId, reason: `Row ${nextId} is missing: row ${row.id} comes instead.` };
    if (row.previous_hash !== previousHash)
      return { isWhole: false, id: nextId, reason: `Row ${nextId} does not follow the row before it.` };
    if ((await sha256(textOf(row))) !== row.hash)
      return { isWhole: false, id: nextId, reason: `Row ${nextId} was changed after it was written.` };
    nextId += 1;
    previousHash = row.hash;
  }
  return { isWhole: true, place: { nextId, previousHash } };
}

const textOf = (row: AuditRow): string =>
  canonical([
    row.previous_hash,
    row.id,
    row.at,
    row.actor.kind,
    row.actor.id,
    row.actor.name,
    row.address,
    row.request_id,
    row.action,
    row.target,
    row.before,
    row.after,
    row.result,
  ]);

/** JSON with the keys of objects in order, whatever order the server sends them in. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, held]) => `${JSON.stringify(key)}:${canonical(held)}`).join(',')}}`;
}

/** Browsers have it on HTTPS and on this very machine only. */
export const canHash = (): boolean => 'subtle' in crypto;

export async function sha256(text: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
