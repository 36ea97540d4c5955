import semver, { type SemVer } from 'semver';

/**
 * A version that can be ordered: a semantic version (https://semver.org, §11 for the order), and how many commits
 * after it the build was made when the text is `git describe` output, which ESP-IDF puts into an image by default.
 */
export interface FirmwareVersion {
  readonly tag: SemVer;
  /** Commits after the tag; 0 for a version that stands for itself. */
  readonly commitsAfter: number;
}

/** Longest version that is taken, in characters. */
export const MAX_VERSION_LENGTH = 32;

/** `-3-gabc1234` (and `-dirty`) after a tag, as `git describe --dirty` writes it. */
const GIT_DESCRIBE_SUFFIX = /^(?<tag>.+?)(?:-(?<commits>\d{1,9})-g[0-9a-f]{4,40})?(?:-dirty)?$/;

/**
 * Reads `1.2.3`, `v1.2.3`, `1.2.3-rc.1`, `1.2.3+45` (build metadata is ignored) and `git describe` output such as
 * `v1.2.0-3-gabc1234-dirty`, which counts as newer than 1.2.0 and older than 1.2.1.
 * @returns null for what cannot be ordered: a bare commit hash, `1.2`, any other text.
 */
export function parseVersion(text: string): FirmwareVersion | null {
  const described = GIT_DESCRIBE_SUFFIX.exec(text.trim())?.groups;
  const tag = semver.parse(described?.['tag']?.replace(/^[vV]/, ''));
  return tag && { tag, commitsAfter: Number(described?.['commits'] ?? 0) };
}

/** Whether `text` may be published: `MAJOR.MINOR.PATCH`, optionally `-prerelease`; no `v`, no build metadata. */
export function isReleaseVersion(text: string): boolean {
  const parsed = semver.parse(text);
  return parsed !== null && parsed.version === text;
}

/** @returns below 0 when `a` is older than `b`, 0 when neither is newer, above 0 when `a` is newer. */
export function compareVersions(a: FirmwareVersion, b: FirmwareVersion): number {
  return a.tag.compare(b.tag) || a.commitsAfter - b.commitsAfter;
}

/**
 * A text whose plain byte order is the order of versions, so that a database can sort and page by an index.
 * Each number is led by a letter for its count of digits; a mark after the core puts the end of the identifiers (0)
 * below numbers (1), below words (2), below the release itself (3). An unparsable version sorts below all others.
 */
export function versionSortKey(version: FirmwareVersion | null): string {
  if (!version) return '';
  const { major, minor, patch, prerelease } = version.tag;
  const core = [major, minor, patch].map(sortableNumber).join('');
  const identifiers = prerelease.map((id) => (/^\d+$/.test(`${id}`) ? `1${sortableNumber(id)}` : `2${id}!`));
  const end = prerelease.length === 0 ? '3' : '0';
  return core + identifiers.join('') + end + sortableNumber(version.commitsAfter);
}

function sortableNumber(value: string | number): string {
  const digits = String(value);
  return String.fromCharCode('a'.charCodeAt(0) + digits.length) + digits;
}
