import type { AuditFacts, Json } from '../../domain/audit-chain.js';

/** The fields of the server's responses that the command uses; the API has more. */

export interface LoginAnswer {
  readonly access_token: string;
  /** The lifetime in seconds. */
  readonly expires_in: number;
}

/** Who a token stands for. */
export interface Me {
  readonly username: string;
  readonly role: string;
  readonly via: 'password' | 'token';
  /** undefined: an older server does not say. */
  readonly token_name?: string | null;
  readonly expires_at: string | null;
}

export interface ExplanationStep {
  readonly code: string;
  /** false: the reason. null: it does not matter, or was not looked at. */
  readonly ok: boolean | null;
  readonly title: string;
  readonly detail: string;
}

export interface Explanation {
  readonly device_id: number;
  readonly verdict: string;
  readonly status: string;
  readonly steps: readonly ExplanationStep[];
  readonly next_check_expected_at: string | null;
}

export interface WireUser {
  readonly id: number;
  readonly username: string;
  readonly role: string;
  readonly is_active: boolean;
  readonly created_at: string;
}

export interface WireToken {
  readonly id: number;
  readonly username: string;
  readonly name: string;
  readonly role: string;
  /** The visible beginning: `ota_4f7H`. */
  readonly token_prefix: string;
  readonly created_at: string;
  readonly expires_at: string | null;
  readonly last_used_at: string | null;
}

export interface UploadAnswer {
  readonly filename: string;
  readonly device_type: string;
  readonly version: string;
  readonly binary_path: string;
  readonly file_size: number;
  readonly file_hash: string;
  readonly image?: WireImage | null;
}

/** The data that the server read from a file. */
export interface WireImage {
  readonly kind: string;
  readonly application: {
    readonly chip: string;
    readonly project_name: string;
    readonly version: string;
    readonly idf_version: string;
    readonly secure_version: number;
    readonly signature: { readonly scheme: string };
  } | null;
  readonly warnings: readonly string[];
}

export interface Firmware {
  readonly id: number;
  readonly device_type: string;
  readonly version: string;
  readonly build_number: number;
  readonly filename: string;
  readonly file_size: number;
  readonly file_hash: string;
  readonly description: string | null;
  readonly release_notes: string | null;
  readonly is_stable: boolean;
  readonly is_active: boolean;
  readonly min_current_version: string | null;
  readonly created_at: string;
  readonly updated_at: string;
  readonly released_at: string | null;
  /** When its file was removed to save space. */
  readonly pruned_at?: string | null;
  readonly offer_to_unparsable?: boolean;
  readonly image?: WireImage | null;
}

/** The columns of `--format tsv` for firmware. */
export const FIRMWARE_FIELDS = [
  'id',
  'device_type',
  'version',
  'build_number',
  'is_stable',
  'is_active',
  'min_current_version',
  'file_size',
  'file_hash',
  'filename',
  'created_at',
  'updated_at',
  'released_at',
  'description',
  'release_notes',
] as const;

export interface FirmwareDetail extends Firmware {
  readonly binary_path: string;
}

export interface OtaLog {
  readonly id: number;
  readonly device_id: number;
  readonly firmware_id: number;
  readonly status: string;
  readonly error_message: string | null;
  readonly bytes_downloaded: number;
  readonly created_at: string;
  readonly updated_at: string;
}

/** The columns of `--format tsv` for logs. */
export const LOG_FIELDS = [
  'id',
  'device_id',
  'firmware_id',
  'status',
  'bytes_downloaded',
  'created_at',
  'updated_at',
  'download_started_at',
  'download_completed_at',
  'installed_at',
  'error_message',
] as const;

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

/** Something that happened. */
export interface WireEvent {
  readonly type: string;
  readonly timestamp: string;
  readonly entity: string;
  readonly data: Readonly<Record<string, Json>>;
}

export interface WireWebhook {
  readonly id: number;
  readonly url: string;
  readonly events: readonly string[];
  readonly description: string | null;
  readonly is_active: boolean;
  readonly disabled_because: string | null;
  readonly waiting: number;
  readonly last_success_at: string | null;
  readonly last_error: string | null;
}

export interface WireDelivery {
  readonly id: number;
  readonly message_id: string;
  readonly type: string;
  readonly entity: string;
  readonly state: string;
  readonly tries: number;
  readonly next_try_at: string | null;
  readonly last_status: number | null;
  readonly last_error: string | null;
  readonly created_at: string;
  readonly ended_at: string | null;
}

/** The two ends of the audit log. */
export interface AuditHead {
  readonly first_id: number;
  readonly previous_hash: string;
  readonly cut_is_signed: boolean | null;
  readonly last_id: number;
  readonly last_hash: string;
}

/** The number of devices that would be offered a firmware. */
export interface Audience {
  readonly devices: number;
  readonly would_be_offered: number;
}

/** Every problem and warning that an upload and a registration of a file would return. */
export interface Inspection {
  readonly file_size: number;
  readonly file_hash: string;
  readonly image: WireImage | null;
  readonly suggested: {
    readonly device_type: string | null;
    readonly version: string | null;
    readonly build_number: number | null;
  };
  readonly problems: readonly { readonly code: string; readonly detail: string }[];
  readonly warnings: readonly string[];
  readonly same_file: number | null;
  readonly predecessor: number | null;
}

/** Devices that have a name together. */
export interface WireGroup {
  readonly id: number;
  readonly name: string;
  readonly description: string | null;
  /** null: the group has members. */
  readonly filter: string | null;
  /** null: its filter could not be evaluated, or not in time. */
  readonly count: number | null;
  readonly created_at: string;
  readonly updated_at: string;
}

export const GROUP_FIELDS = [
  'id',
  'name',
  'description',
  'filter',
  'count',
  'created_at',
  'updated_at',
] as const;
/** A device as people see it. */
export interface WireDevice {
  readonly device_id: number;
  readonly name: string | null;
  readonly device_type: string | null;
  readonly version: string | null;
  readonly build_number: number | null;
  readonly channel: string;
  readonly tags: readonly string[];
  readonly attributes: Readonly<Record<string, string | number | boolean>>;
  readonly notes: string | null;
  readonly status: string;
  readonly desired_version: string | null;
  readonly reason: string | null;
  readonly identity: string;
  readonly check_interval: number | null;
  readonly first_seen_at: string;
  readonly last_seen_at: string;
}

/** The columns of `--format tsv` for devices. */
export const DEVICE_FIELDS = [
  'device_id',
  'name',
  'device_type',
  'version',
  'build_number',
  'status',
  'desired_version',
  'reason',
  'channel',
  'tags',
  'identity',
  'check_interval',
  'first_seen_at',
  'last_seen_at',
] as const;

/** How the devices that match a filter are. */
export interface FleetSummary {
  readonly total: number;
  readonly by_status: Readonly<Record<string, number>>;
}

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
