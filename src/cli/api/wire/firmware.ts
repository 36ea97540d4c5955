/* The fields of the server's responses about firmware and its images that the command uses; the API has more. */

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
