import type { Naming, Property } from '../domain/sentence.js';

const WIRE_NAMES: Readonly<Record<Property, string>> = {
  deviceType: 'device_type',
  version: 'version',
  buildNumber: 'build_number',
  minCurrentVersion: 'min_current_version',
  isActive: 'is_active',
  file: 'file',
  fileSize: 'file_size',
  fileHash: 'file_hash',
  binaryPath: 'binary_path',
  q: 'q',
  filter: 'filter',
  target: 'target',
  phases: 'phases',
  maxFailureRate: 'max_failure_rate',
  startsAt: 'starts_at',
  allowVersionMismatch: 'allow_version_mismatch',
  allowUnparsableVersion: 'allow_unparsable_version',
  allowUnknownFormat: 'allow_unknown_format',
  allowChipChange: 'allow_chip_change',
  allowLowerSecureVersion: 'allow_lower_secure_version',
};

/** What clients of the API call a property. */
export const wireName: Naming = (property) => WIRE_NAMES[property];
