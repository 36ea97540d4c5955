import type { FirmwareChanges } from '../firmware.repository.js';
import type { Registration } from '../firmware.service.js';
import type { InspectionRequest } from '../inspection.service.js';
import type { ReceivedFile } from '../upload-receiver.js';
import type { UploadRequest } from '../upload.service.js';
import type {
  FirmwareChangeRequest,
  FirmwareCreateRequest,
  InspectFields,
  UploadFields,
} from './firmware.request.js';
import { toOverrides } from './overrides.js';

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

export const toUpload = ({
  staged,
  verdict,
  filename,
  fields,
}: ReceivedFile<UploadFields>): UploadRequest => ({
  staged,
  verdict,
  filename,
  deviceType: fields.device_type,
  version: fields.version ?? null,
  buildNumber: fields.build_number ?? null,
  overrides: toOverrides(fields),
});

export const toInspection = ({
  staged,
  verdict,
  fields,
}: ReceivedFile<InspectFields>): InspectionRequest => ({
  staged,
  verdict,
  deviceType: fields.device_type ?? null,
  version: fields.version ?? null,
  buildNumber: fields.build_number ?? null,
  overrides: toOverrides(fields),
});

/** Only what was given: undefined stays as it is, null clears. */
export function toChanges(body: FirmwareChangeRequest): FirmwareChanges {
  const { description, release_notes, is_stable, is_active, min_current_version, offer_to_unparsable } = body;
  return {
    ...(description !== undefined && { description }),
    ...(release_notes !== undefined && { releaseNotes: release_notes }),
    ...(is_stable !== undefined && { isStable: is_stable }),
    ...(is_active !== undefined && { isActive: is_active }),
    ...(min_current_version !== undefined && { minCurrentVersion: min_current_version }),
    ...(offer_to_unparsable !== undefined && { offerToUnparsable: offer_to_unparsable }),
  };
}
