/* The fields of the server's responses about rollouts that the command uses; the API has more. */

/** How many devices of a rollout are where. */
export interface WireCounts {
  readonly offered: number;
  readonly pending: number;
  readonly confirmed: number;
  readonly failed: number;
  readonly silent: number;
  readonly released: number;
  readonly excused: number;
}

export interface WireRollout {
  readonly id: number;
  readonly firmware_id: number;
  readonly firmware_version: string | null;
  readonly build_number: number | null;
  readonly device_type: string;
  readonly state: string;
  readonly line: string;
  readonly halted_because: string | null;
  readonly blocked_because: string | null;
  readonly counts: WireCounts & { readonly waiting: number | null; readonly refusing: number | null };
  readonly evidence: number;
  readonly target: string | null;
  readonly matched: number;
  readonly max_failure_rate: number;
  readonly starts_at: string | null;
  readonly note: string | null;
  readonly created_by: string;
  readonly approved_by: string | null;
  readonly created_at: string;
  readonly version: number;
}

export interface WireRolloutPart extends WireCounts {
  readonly name: string;
  readonly counted_failures: number;
  readonly limit: number;
}

export interface WireRolloutDetail extends WireRollout {
  readonly parts: readonly WireRolloutPart[];
}

export const ROLLOUT_FIELDS = [
  'id',
  'firmware_id',
  'firmware_version',
  'build_number',
  'device_type',
  'state',
  'line',
  'halted_because',
  'target',
  'matched',
  'version',
] as const;

export interface WireRolloutDevice {
  readonly device_id: number;
  readonly seq: number;
  readonly state: string;
  readonly previous_version: string | null;
  readonly hw_revision: string | null;
  readonly chip_revision: string | null;
  readonly site: string | null;
  readonly error_message: string | null;
  readonly excuse: string | null;
  readonly changed_at: string;
}

export const ROLLOUT_DEVICE_FIELDS = [
  'device_id',
  'seq',
  'state',
  'previous_version',
  'hw_revision',
  'chip_revision',
  'site',
  'error_message',
  'excuse',
  'changed_at',
] as const;

/** What the failed devices of a rollout have in common. */
export interface WireRolloutFactors {
  readonly offered: number;
  readonly failed: number;
  readonly factors: readonly WireFactor[];
}

export interface WireFactor {
  readonly dimension: string;
  readonly value: string;
  readonly failed: number;
  readonly offered: number;
}

/** How the evidence against a release has grown with the offers. */
export interface WireEvidencePoint {
  readonly offered: number;
  readonly counted: number;
  readonly failed: number;
  readonly limit: number;
  readonly evidence: number;
}

export const EVIDENCE_FIELDS = ['offered', 'counted', 'failed', 'limit', 'evidence'] as const;

export interface WireRolloutPreview {
  readonly matched: number;
  readonly offered_first: number;
  readonly blocked_because: string | null;
  readonly left_out: readonly {
    readonly reason: string;
    readonly count: number;
    readonly example_ids: readonly number[];
  }[];
}
