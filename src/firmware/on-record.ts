import type { Json } from '../domain/audit-chain.js';
import type { NewEvent } from '../events/events.exports.js';
import type { FirmwareEntity } from './firmware.entity.js';

/* What the audit log and events say of firmware, by the names that the API has for it. */

export const firmwareTarget = (id: number): string => `firmware:${id}`;

type Identity = Pick<FirmwareEntity, 'deviceType' | 'version' | 'buildNumber' | 'fileHash'>;
type StoredFile = Pick<FirmwareEntity, 'deviceType' | 'version' | 'filename' | 'fileSize' | 'fileHash'>;

export const identityOnRecord = ({ deviceType, version, buildNumber, fileHash }: Identity): Json => ({
  device_type: deviceType,
  version,
  build_number: buildNumber,
  file_hash: fileHash,
});

export const uploadOnRecord = (upload: StoredFile): Json => ({
  device_type: upload.deviceType,
  version: upload.version,
  filename: upload.filename,
  file_size: upload.fileSize,
  file_hash: upload.fileHash,
});

export const firmwareOnRecord = (row: FirmwareEntity): Json => ({
  device_type: row.deviceType,
  version: row.version,
  build_number: row.buildNumber,
  filename: row.filename,
  file_size: row.fileSize,
  file_hash: row.fileHash,
  binary_path: row.binaryPath,
  ...changeable(row),
});

/** @returns the fields that differ, as they were and as they are; null when none does */
export function changeOnRecord(
  before: FirmwareEntity,
  after: FirmwareEntity,
): { readonly before: Json; readonly after: Json } | null {
  const [was, is] = [changeable(before), changeable(after)];
  const names = Object.keys(was).filter((name) => was[name] !== is[name]);
  const only = (values: Fields): Json =>
    Object.fromEntries(names.map((name) => [name, values[name] ?? null]));
  return names.length === 0 ? null : { before: only(was), after: only(is) };
}

/** What happened to a firmware that was registered, changed or deleted. */
export function firmwareEvent(before: FirmwareEntity | null, after: FirmwareEntity): NewEvent {
  const isReleased = after.isStable && after.isActive && !(before?.isStable === true && before.isActive);
  const isDeactivated = before?.isActive === true && !after.isActive;
  const change = isDeactivated ? 'deactivated' : before ? 'changed' : 'registered';
  return eventOf(isReleased ? 'firmware.released' : `firmware.${change}`, after);
}

export const purgedEvent = (row: FirmwareEntity): NewEvent => eventOf('firmware.purged', row);

const eventOf = (type: NewEvent['type'], row: FirmwareEntity): NewEvent => ({
  type,
  entity: firmwareTarget(row.id),
  data: {
    firmware_id: row.id,
    device_type: row.deviceType,
    version: row.version,
    build_number: row.buildNumber,
    is_stable: row.isStable,
    is_active: row.isActive,
  },
});

type Fields = Readonly<Record<string, string | boolean | null>>;

/** What an admin can change of a firmware. */
const changeable = (row: FirmwareEntity): Fields => ({
  description: row.description,
  release_notes: row.releaseNotes,
  is_stable: row.isStable,
  is_active: row.isActive,
  min_current_version: row.minCurrentVersion,
  offer_to_unparsable: row.offerToUnparsable,
  pruned_at: row.prunedAt?.toISOString() ?? null,
});

export const prunedOnRecord = (ids: readonly number[]): Json => ({ firmware_ids: ids });

/** How many, and the paths of the first. */
export const filesOnRecord = (paths: readonly string[], bytes: number): Json => ({
  files: paths.length,
  bytes,
  paths: paths.slice(0, NAMED_FILES),
});

const NAMED_FILES = 100;
