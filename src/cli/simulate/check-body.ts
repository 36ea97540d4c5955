import type { Offer } from './device.js';

/** The fields of an answer to a check that a device uses. */
export interface CheckBody {
  readonly update_available: boolean;
  readonly reason?: string;
  readonly firmware_id?: number;
  readonly version?: string;
  readonly build_number?: number;
  readonly download_url?: string;
  readonly file_hash?: string;
  readonly file_size?: number;
}

/** @returns null if the offer is incomplete */
export function toOffer(body: CheckBody): Offer | null {
  const { firmware_id, version, build_number, download_url, file_hash, file_size } = body;
  const isWhole =
    firmware_id !== undefined &&
    version !== undefined &&
    build_number !== undefined &&
    download_url !== undefined &&
    file_hash !== undefined &&
    file_size !== undefined;
  if (!isWhole) return null;
  return {
    firmwareId: firmware_id,
    version,
    build: build_number,
    downloadUrl: download_url,
    fileHash: file_hash,
    fileSize: file_size,
  };
}
