/* The fields of the server's responses about devices and groups of them that the command uses; the API has more. */

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
