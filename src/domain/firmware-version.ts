import semver, { type SemVer } from 'semver';

/**
 * A version that can be ordered: a semantic version (https://semver.org, §11 for the order), a fourth number where the
 * text has one, and how many commits after it the build was made when the text is `git describe` output, which ESP-IDF
 * puts into an image by default.
 */
export interface FirmwareVersion {
  /** Its byte order is the order of versions. */
  readonly sortKey: string;
}

interface Parts {
  readonly tag: SemVer;
  /** The 4 of `1.2.3.4`; 0 when there is none. */
  readonly fourth: number;
  /** Commits after the tag; 0 for a version that stands for itself. */
  readonly commitsAfter: number;
}

/** Longest version that is taken, in characters. */
export const MAX_VERSION_LENGTH = 32;

/** The forms that {@link parseVersion} reads, for the sentences that have to name them. */
export const READABLE_VERSIONS =
  '1.2.3, v1.2.3, 1.2.3-rc.1, 1.2.3+45, 1.2, 1.2.3.4, 2024.03.1 and git describe output such as v1.2.0-3-gabc1234';

/** `esp_app_desc_t.version` has 32 bytes, of which the last one is NUL: a longer text is cut to this many. */
const DESCRIPTOR_LIMIT = 31;

/** `-3-gabc1234` (and `-dirty` or `-broken`) after a tag, as `git describe` writes it; a build number may follow. */
const DESCRIBED =
  /^(?<tag>.+?)(?:-(?<commits>\d{1,9})-g[0-9a-f]{4,40})?(?:-(?:dirty|broken))?(?:\+[0-9A-Za-z.]+)?$/;
/** The same, cut off anywhere behind the tag: in the count of commits, in the hash or in the word dirty. */
const DESCRIBED_AND_CUT = [
  /^(?<tag>.+?)-(?<commits>\d{1,9})-g[0-9a-f]{0,40}(?:-(?:dirty|dirt|dir|di|d)?)?$/,
  /^(?<tag>.+?)-(?<commits>\d{1,9})-?$/,
  /^(?<tag>.+?)-(?:dirt|dir|di|d)?$/,
];

/** One to four numbers, and what may stand behind them. */
const NUMBERS =
  /^[vV]?(?<numbers>\d+(?:\.\d+){0,3})(?<prerelease>-[0-9A-Za-z.-]+)?(?<build>\+[0-9A-Za-z.-]+)?$/;
/** `git describe --always` without a tag is a hash of seven digits or more, which may all be decimal. */
const MOST_DIGITS_OF_ONE_NUMBER = 6;

/**
 * Reads what a device says that it runs: `1.2.3`, `v1.2.3`, `1.2.3-rc.1`, `1.2.3+45` (build metadata is ignored), one to
 * four numbers (`1`, `1.0`, `1.0.0.4`; those that are missing are 0), numbers with leading zeros (`2024.03.1`), and
 * `git describe` output such as `v1.2.0-3-gabc1234-dirty`, which counts as newer than 1.2.0 and older than 1.2.1.
 * A text of 31 characters may have been cut by the field that it stood in, and is then read as what it was cut from.
 * @returns null for what cannot be ordered: a commit hash, any other text
 */
export function parseVersion(text: string): FirmwareVersion | null {
  const trimmed = text.trim();
  const described = groupsOf(trimmed);
  const read = readNumbers(described?.['tag'] ?? '');
  if (!read) return null;
  return { sortKey: sortKeyOf({ ...read, commitsAfter: Number(described?.['commits'] ?? 0) }) };
}

/** Whether a text names a state of a source tree beside a version, as `git describe --dirty` writes it. */
export function isGitDescribe(text: string): boolean {
  const tag = groupsOf(text.trim())?.['tag'];
  return tag !== undefined && tag !== text.trim().replace(/\+[0-9A-Za-z.]+$/, '');
}

function groupsOf(text: string): Record<string, string | undefined> | undefined {
  if (text.length === DESCRIPTOR_LIMIT) {
    for (const form of DESCRIBED_AND_CUT) {
      const cut = form.exec(text)?.groups;
      if (cut) return cut;
    }
  }
  return DESCRIBED.exec(text)?.groups;
}

function readNumbers(tag: string): Omit<Parts, 'commitsAfter'> | null {
  const { numbers = '', prerelease = '', build = '' } = NUMBERS.exec(tag)?.groups ?? {};
  const parts = numbers.split('.').map((digits) => digits.replace(/^0+(?=\d)/, ''));
  if (!isOrderPlain(parts, prerelease)) return null;
  const [major = '0', minor = '0', patch = '0', fourth = '0'] = parts;
  const parsed = semver.parse(`${major}.${minor}.${patch}${prerelease}${build}`);
  return parsed && Number.isSafeInteger(Number(fourth)) ? { tag: parsed, fourth: Number(fourth) } : null;
}

/**
 * Whether there is one obvious place for these numbers. With fewer than three of them, `-` may as well lead a date
 * (`2024-03-01`) or a packager's revision (`1.2-3`) as a pre-release: only a word behind it is read as one.
 */
function isOrderPlain(parts: readonly string[], prerelease: string): boolean {
  const [first = ''] = parts;
  if (parts.length > 1) return parts.length > 2 || prerelease === '' || /^-[A-Za-z]/.test(prerelease);
  return prerelease === '' && first !== '' && first.length <= MOST_DIGITS_OF_ONE_NUMBER;
}

/** Whether `text` may be published: `MAJOR.MINOR.PATCH`, optionally `-prerelease`; no `v`, no build metadata. */
export function isReleaseVersion(text: string): boolean {
  const parsed = semver.parse(text);
  return parsed !== null && parsed.version === text;
}

/** @returns below 0 when `a` is older than `b`, 0 when neither is newer, above 0 when `a` is newer. */
export function compareVersions(a: FirmwareVersion, b: FirmwareVersion): number {
  if (a.sortKey === b.sortKey) return 0;
  return a.sortKey < b.sortKey ? -1 : 1;
}

/** For a database to sort and page by an index. An unparsable version sorts below all others. */
export const versionSortKey = (version: FirmwareVersion | null): string => version?.sortKey ?? '';

/**
 * Each number is led by a letter for its count of digits; a mark after the core puts the end of the identifiers (0)
 * below numbers (1), below words (2), below the release itself (3), below a fourth number (4).
 */
function sortKeyOf({ tag, fourth, commitsAfter }: Parts): string {
  const { major, minor, patch, prerelease } = tag;
  const core = [major, minor, patch].map(sortableNumber).join('');
  const more = fourth === 0 ? '' : `4${sortableNumber(fourth)}`;
  const identifiers = prerelease.map((id) => (/^\d+$/.test(`${id}`) ? `1${sortableNumber(id)}` : `2${id}!`));
  const end = prerelease.length === 0 ? '3' : '0';
  return core + more + identifiers.join('') + end + sortableNumber(commitsAfter);
}

function sortableNumber(value: string | number): string {
  const digits = String(value);
  return String.fromCharCode('a'.charCodeAt(0) + digits.length) + digits;
}
