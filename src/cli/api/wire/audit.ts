import type { AuditFacts, Json } from '../../../domain/audit-chain.js';

/* The fields of the server's responses about the audit log that the command uses; the API has more. */

export type AuditChange = Readonly<Record<string, Json>>;

export interface AuditRow {
  readonly id: number;
  readonly at: string;
  readonly actor: {
    readonly kind: AuditFacts['actorKind'];
    readonly id: number | null;
    readonly name: string;
  };
  readonly address: string | null;
  readonly request_id: string | null;
  readonly action: string;
  readonly target: string;
  readonly before: AuditChange | null;
  readonly after: AuditChange | null;
  readonly result: AuditFacts['result'];
  readonly previous_hash: string;
  readonly hash: string;
}

/** The columns of `--format tsv` for the audit log. */
export const AUDIT_FIELDS = [
  'id',
  'at',
  'actor',
  'address',
  'request_id',
  'action',
  'target',
  'result',
  'before',
  'after',
  'previous_hash',
  'hash',
] as const;

/** The two ends of the audit log. */
export interface AuditHead {
  readonly first_id: number;
  readonly previous_hash: string;
  readonly cut_is_signed: boolean | null;
  readonly last_id: number;
  readonly last_hash: string;
}
