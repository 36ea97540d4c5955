/* The fields of the server's responses about attempts that the command uses; the API has more. */

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
