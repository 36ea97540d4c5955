import semver from 'semver';
import { DomainError, type ErrorCode } from './errors.js';
import { chipName } from './esp-image/chips.js';
import type { EspImage, ImageVerdict } from './esp-image/esp-image.js';

/** What a publisher may say to have a firmware taken all the same. Wire names. */
export type Override = 'allow_version_mismatch' | 'allow_chip_change' | 'allow_lower_secure_version';
export type Overrides = Readonly<Partial<Record<Override, boolean>>>;

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

/** A version that an image may be published as, and the build number that it carries behind a plus sign. */
export interface ImageVersion {
  readonly version: string;
  readonly build: number | null;
}

/**
 * Takes what may be published.
 * @throws DomainError with the code of the verdict; IMAGE_REQUIRED for what is no image where only images are taken
 */
export function acceptImage(verdict: ImageVerdict, isImageRequired: boolean): ImageRecord {
  switch (verdict.kind) {
    case 'refused':
      throw new DomainError(verdict.code, verdict.reason);
    case 'unknown':
      if (isImageRequired) {
        throw new DomainError('IMAGE_REQUIRED', `${verdict.reason} This server takes only ESP32 images.`);
      }
      return { kind: 'unknown', warnings: [verdict.reason] };
    case 'application': {
      const { image, warnings } = verdict;
      return { kind: 'application', image, warnings: [...warnings, ...versionWarnings(image)] };
    }
  }
}

/** The semantic version in an image, null when there is none: `git describe` output names a state between versions. */
export function versionOf({ app }: EspImage): ImageVersion | null {
  const text = app.version.replace(/^[vV]/, '');
  const parsed = semver.parse(text);
  if (!parsed || /-g[0-9a-f]{4,40}$|-dirty$/.test(text)) return null;
  const build = /^[1-9]\d{0,9}$/.test(parsed.build.join('.')) ? Number(parsed.build[0]) : null;
  return { version: parsed.version, build };
}

function versionWarnings(image: EspImage): string[] {
  if (versionOf(image)) return [];
  return [
    `The version in the image, "${image.app.version}", is not a semantic version, so it could not be compared with the ` +
      'one that it is published as; set PROJECT_VER or version.txt.',
  ];
}

/** A device that reports another version than the one it was offered would be offered it for ever. */
export function refuseOtherVersion(record: ImageRecord, published: string, overrides: Overrides): void {
  const own = record.kind === 'application' ? versionOf(record.image) : null;
  if (!own || own.version === published) return;
  refuseUnless(
    'allow_version_mismatch',
    overrides,
    'IMAGE_VERSION_MISMATCH',
    `The image says that it is ${own.version}, and is published as ${published}: a device that installs it would be ` +
      'offered it again for ever.',
  );
}

/** @throws DomainError CHIP_MISMATCH, SECURE_VERSION_LOWER */
export function refuseUnfit(record: ImageRecord | null, standing: Standing, overrides: Overrides): void {
  if (record?.kind !== 'application') return;
  const { chipId, app } = record.image;
  if (standing.chipId !== null && standing.chipId !== chipId) {
    refuseUnless(
      'allow_chip_change',
      overrides,
      'CHIP_MISMATCH',
      `The image is for ${chipName(chipId)}, and this device_type runs on ${chipName(standing.chipId)}.`,
    );
  }
  if (standing.secureVersion !== null && app.secureVersion < standing.secureVersion) {
    refuseUnless(
      'allow_lower_secure_version',
      overrides,
      'SECURE_VERSION_LOWER',
      `The image has the secure version ${app.secureVersion}, below the ${standing.secureVersion} of the newest stable ` +
        'release: devices with anti-rollback refuse it.',
    );
  }
}

/**
 * @param trusted digests of the keys that may sign, lower-case hex; empty: any image is taken
 * @throws DomainError IMAGE_NOT_TRUSTED
 */
export function refuseUntrusted(record: ImageRecord | null, trusted: ReadonlySet<string>): void {
  if (trusted.size === 0) return;
  const signature = record?.kind === 'application' ? record.image.signature : null;
  const keys =
    signature?.scheme === 'secure-boot-v2' ? signature.blocks.map(({ keyDigest }) => keyDigest) : [];
  if (keys.some((key) => trusted.has(key))) return;
  throw new DomainError(
    'IMAGE_NOT_TRUSTED',
    keys.length === 0
      ? 'The file has no Secure Boot v2 signature, and this server takes only what a trusted key has signed.'
      : `The image is signed, but with no key that this server trusts (${keys.join(', ')}).`,
  );
}

function refuseUnless(override: Override, overrides: Overrides, code: ErrorCode, reason: string): void {
  if (overrides[override]) return;
  throw new DomainError(code, `${reason} If it is meant so, send ${override}=true.`);
}
