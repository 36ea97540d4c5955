/** The part of the server's answers that the command shows or passes on; the API has more. */

export interface LoginAnswer {
  readonly access_token: string;
  /** Seconds. */
  readonly expires_in: number;
}

export interface UploadAnswer {
  readonly filename: string;
  readonly device_type: string;
  readonly version: string;
  readonly binary_path: string;
  readonly file_size: number;
  readonly file_hash: string;
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
}

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
