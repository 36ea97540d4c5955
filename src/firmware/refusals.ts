import { DomainError } from '../domain/errors.js';
import type { Finding } from '../domain/image-rules.js';

/** What is refused in more than one place, in the same words. */

export interface ReleaseName {
  readonly deviceType: string;
  readonly version: string;
  readonly buildNumber: number;
}

export const alreadyRegistered = ({ deviceType, version, buildNumber }: ReleaseName): Finding => ({
  code: 'FIRMWARE_EXISTS',
  reason: (name) =>
    `${deviceType} ${version} build ${buildNumber} is registered already; publish a higher ${name('buildNumber')} or ` +
    `${name('version')}.`,
  override: null,
});

export const emptyFile = (): Finding => ({
  code: 'FIRMWARE_FILE_EMPTY',
  reason: 'The uploaded file is empty.',
  override: null,
});

export const noVersion = (): Finding => ({
  code: 'VALIDATION_FAILED',
  reason: 'Send a version: the file has no semantic version of its own.',
  override: null,
});

export function missingFile(binaryPath: string): DomainError {
  return new DomainError(
    'FIRMWARE_FILE_MISSING',
    `There is no file ${binaryPath} in the firmware store; upload it first.`,
    { binaryPath: (name) => `${name('binaryPath')} is not in the firmware store` },
  );
}

export const notFound = (id: number): DomainError =>
  new DomainError('FIRMWARE_NOT_FOUND', `There is no firmware with the id ${id}.`);

export function inRollout(id: number, rolloutId: number): DomainError {
  return new DomainError(
    'FIRMWARE_IN_ROLLOUT',
    `Rollout ${rolloutId} brings firmware ${id} to devices; finish or abort it first.`,
  );
}
