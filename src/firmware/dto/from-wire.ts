import type { Overrides } from '../../domain/image-rules.js';
import type { FirmwareChanges } from '../firmware.repository.js';
import type { Registration } from '../firmware.service.js';
import type { FirmwareChangeRequest, FirmwareCreateRequest } from './firmware.request.js';

export function toRegistration(body: FirmwareCreateRequest): Registration {
  return {
    deviceType: body.device_type,
    version: body.version,
    buildNumber: body.build_number,
    filename: body.filename,
    fileSize: body.file_size,
    fileHash: body.file_hash,
    binaryPath: body.binary_path,
    description: body.description ?? null,
    releaseNotes: body.release_notes ?? null,
    isStable: body.is_stable ?? false,
    minCurrentVersion: body.min_current_version ?? null,
  };
}

export function toOverrides(body: Overrides): Overrides {
  const { allow_version_mismatch, allow_chip_change, allow_lower_secure_version } = body;
  return {
    allow_version_mismatch: allow_version_mismatch ?? false,
    allow_chip_change: allow_chip_change ?? false,
    allow_lower_secure_version: allow_lower_secure_version ?? false,
  };
}

/** Only what was given: undefined stays as it is, null clears. */
export function toChanges(body: FirmwareChangeRequest): FirmwareChanges {
  const { description, release_notes, is_stable, is_active, min_current_version } = body;
  return {
    ...(description !== undefined && { description }),
    ...(release_notes !== undefined && { releaseNotes: release_notes }),
    ...(is_stable !== undefined && { isStable: is_stable }),
    ...(is_active !== undefined && { isActive: is_active }),
    ...(min_current_version !== undefined && { minCurrentVersion: min_current_version }),
  };
}
