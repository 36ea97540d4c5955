import { DomainError, type DomainCode } from './errors.js';
import { chipName } from './esp-image/chips.js';
import type { EspImage, ImageVerdict } from './esp-image/esp-image.js';
import { versionViolation, versionOf, type Publication } from './image-version.js';
import type { Override, Overrides } from './overrides.js';
import { say, type Sentence } from './sentence.js';

export { versionOf, type Publication } from './image-version.js';
export { OVERRIDES, type Override, type Overrides } from './overrides.js';

/** What was read in a file, as it is kept with the firmware that was made of it. */
export type ImageRecord =
  | { readonly kind: 'application'; readonly image: EspImage; readonly warnings: readonly string[] }
  | { readonly kind: 'unknown'; readonly warnings: readonly string[] };

/** What the other firmware of a device type binds a new one to. */
export interface Standing {
  /** Of the image that was registered last. */
  readonly chipId: number | null;
  /** Of the newest stable release. */
  readonly secureVersion: number | null;
}

/** Why a firmware is not taken. */
export interface Finding {
  readonly code: DomainCode;
  readonly reason: Sentence;
  /** With it, it is taken all the same; null: nothing helps. */
  readonly override: Override | null;
}

/** What was read in a file, whether or not it is taken. */
export function recordOf(verdict: ImageVerdict): ImageRecord {
  switch (verdict.kind) {
    case 'application':
      return {
        kind: 'application',
        image: verdict.image,
        warnings: [...verdict.warnings, ...versionWarnings(verdict.image)],
      };
    case 'refused':
      return verdict.image
        ? { kind: 'application', image: verdict.image, warnings: [] }
        : { kind: 'unknown', warnings: [] };
    case 'unknown':
      return { kind: 'unknown', warnings: [verdict.reason] };
  }
}

function versionWarnings(image: EspImage): string[] {
  if (versionOf(image)) return [];
  return [
    `The version in the image, "${image.app.version}", is not a semantic version: the version and the build number ` +
      'cannot be read from the image. PROJECT_VER or version.txt sets it.',
  ];
}

/**
 * Whether a file may be published at all.
 * @param isImageRequired whether only ESP32 application images are taken
 */
export function formatFinding(verdict: ImageVerdict, isImageRequired: boolean): Finding | null {
  switch (verdict.kind) {
    case 'application':
      return null;
    case 'refused':
      return { code: verdict.code, reason: verdict.reason, override: null };
    case 'unknown':
      if (!isImageRequired) return null;
      return {
        code: 'IMAGE_REQUIRED',
        reason: `${verdict.reason} This server takes only ESP32 application images.`,
        override: 'allowUnknownFormat',
      };
  }
}

/** What a device that runs the image would say must be what is published, or it would never be at rest. */
export function versionFinding(record: ImageRecord, publication: Publication): Finding | null {
  const violation = record.kind === 'application' ? versionViolation(record.image, publication) : null;
  if (!violation) return null;
  const override =
    violation.code === 'IMAGE_VERSION_MISMATCH' ? 'allowVersionMismatch' : 'allowUnparsableVersion';
  return { ...violation, override };
}

/** CHIP_MISMATCH and SECURE_VERSION_LOWER */
export function standingFindings(record: ImageRecord, standing: Standing): Finding[] {
  if (record.kind !== 'application') return [];
  const { chipId, app } = record.image;
  const findings: Finding[] = [];
  const { chipId: standingChip } = standing;
  if (standingChip !== null && standingChip !== chipId) {
    findings.push({
      code: 'CHIP_MISMATCH',
      reason: (name) =>
        `The image is for ${chipName(chipId)}, and this ${name('deviceType')} runs on ${chipName(standingChip)}.`,
      override: 'allowChipChange',
    });
  }
  if (standing.secureVersion !== null && app.secureVersion < standing.secureVersion) {
    findings.push({
      code: 'SECURE_VERSION_LOWER',
      reason:
        `The image has the secure version ${app.secureVersion}, below the ${standing.secureVersion} of the newest stable ` +
        'release: devices with anti-rollback refuse it.',
      override: 'allowLowerSecureVersion',
    });
  }
  return findings;
}

/** @param trusted digests of the keys that may sign, lower-case hex; empty: any image is taken */
export function trustFinding(record: ImageRecord, trusted: ReadonlySet<string>): Finding | null {
  if (trusted.size === 0) return null;
  const signature = record.kind === 'application' ? record.image.signature : null;
  const keys =
    signature?.scheme === 'secure-boot-v2' ? signature.blocks.map(({ keyDigest }) => keyDigest) : [];
  if (keys.some((key) => trusted.has(key))) return null;
  const reason =
    keys.length === 0
      ? 'The file has no Secure Boot v2 signature, and this server takes only what a trusted key has signed.'
      : `The image is signed, but with no key that this server trusts (${keys.join(', ')}).`;
  return { code: 'IMAGE_NOT_TRUSTED', reason, override: null };
}

/** The findings that the publisher has not said to overrule. */
export function notOverruled(findings: readonly (Finding | null)[], overrides: Overrides): Finding[] {
  return findings.filter(
    (finding): finding is Finding => finding !== null && !(finding.override && overrides[finding.override]),
  );
}

/** The sentence for a person, with what to send if it is meant so. */
export const detailOf =
  ({ reason, override }: Finding): Sentence =>
  (name) =>
    say(reason, name) + (override ? ` If it is meant so, send ${name(override)}=true.` : '');

/** @throws DomainError with the first finding that is not overruled */
export function refuse(findings: readonly (Finding | null)[], overrides: Overrides): void {
  const [first] = notOverruled(findings, overrides);
  if (first) throw new DomainError(first.code, detailOf(first));
}
