import semver from 'semver';
import type { EspImage } from './esp-image/esp-image.js';
import { isGitDescribe, parseVersion, READABLE_VERSIONS } from './firmware-version.js';
import { say, type Sentence } from './sentence.js';
import { compareReleases, decideUpdate, type ReleaseCandidate } from './update-decision.js';

/** What a release has to be judged as: what it is published as, and to whom it would be offered. */
export interface Publication {
  readonly version: string;
  /** null: not said yet, as at an upload without a build number. */
  readonly build: number | null;
  readonly minCurrentVersion: string | null;
  readonly offerToUnparsable: boolean;
}

/** A version that an image may be published as, and the build number that it carries behind a plus sign. */
export interface ImageVersion {
  readonly version: string;
  readonly build: number | null;
}

export interface VersionViolation {
  readonly code: 'IMAGE_VERSION_MISMATCH' | 'IMAGE_VERSION_UNPARSABLE';
  readonly reason: Sentence;
}

const MAX_BUILD = 2 ** 31 - 1;

/** The semantic version in an image, null when there is none: `git describe` output names a state between versions. */
export function versionOf({ app }: EspImage): ImageVersion | null {
  const parsed = semver.parse(app.version.replace(/^[vV]/, ''));
  if (!parsed || isGitDescribe(app.version)) return null;
  return { version: parsed.version, build: buildOf(app.version) };
}

/** Whether a device that runs this image can be compared with releases, and so be offered an update. */
export const isOrdered = ({ app }: EspImage): boolean => parseVersion(app.version) !== null;

/** The number behind the `+`, as the component reads it; null when there is none: it takes that of its offer then. */
function buildOf(version: string): number | null {
  const build = Number(/^[^+]*\+(\d+)$/.exec(version)?.[1]);
  return build > 0 && build <= MAX_BUILD ? build : null;
}

/**
 * Computes what a device that runs this image will say of itself, and what it would be offered then.
 * @returns null when it would be at rest: it says exactly what is published
 */
export function versionViolation(image: EspImage, publication: Publication): VersionViolation | null {
  const said = image.app.version;
  const version = parseVersion(said);
  const published = candidateOf(publication);
  // What is published as a version of no known form is offered to nobody.
  if (!published) return null;
  const ownBuild = buildOf(said);
  const build = publication.build === null ? published.build : (ownBuild ?? published.build);
  const decision = decideUpdate({ version, build }, [published]);
  const names: Names = { image, publication, suggestion: suggestionFor(publication, ownBuild) };
  if (!version) {
    return decision.kind === 'offer'
      ? mismatch(names, 'could not say that it runs it, and would be offered it again for ever')
      : unparsable(names);
  }
  const difference = compareReleases({ version, build }, published);
  if (difference === 0) return null;
  if (decision.kind === 'offer') return mismatch(names, 'would be offered it again for ever');
  return mismatch(
    names,
    difference > 0
      ? 'would count as newer than this release and would not be offered those that come next'
      : (name) => `would be below ${name('minCurrentVersion')} and would not be offered any further update`,
  );
}

function candidateOf(publication: Publication): ReleaseCandidate | null {
  const version = parseVersion(publication.version);
  const floor = publication.minCurrentVersion === null ? null : parseVersion(publication.minCurrentVersion);
  return (
    version && {
      version,
      build: publication.build ?? 1,
      floor,
      offerToUnparsable: publication.offerToUnparsable,
    }
  );
}

interface Names {
  readonly image: EspImage;
  readonly publication: Publication;
  /** What PROJECT_VER should be. */
  readonly suggestion: string;
}

const suggestionFor = ({ version, build }: Publication, ownBuild: number | null): string =>
  ownBuild !== null && build !== null ? `${version}+${build}` : version;

function mismatch({ image, publication, suggestion }: Names, what: Sentence): VersionViolation {
  const own = versionOf(image);
  const instead = own ? `, or publish it as ${named(own)}` : '';
  return {
    code: 'IMAGE_VERSION_MISMATCH',
    reason: (name) =>
      `The image says that it is ${quoted(image.app.version)}, and is published as ${named(publication)}: a device that ` +
      `installs it ${say(what, name)}. Set PROJECT_VER to "${suggestion}" and build again${instead}.`,
  };
}

function unparsable({ image, publication, suggestion }: Names): VersionViolation {
  return {
    code: 'IMAGE_VERSION_UNPARSABLE',
    reason:
      `The image says that it is ${quoted(image.app.version)}, which cannot be ordered, and is published as ` +
      `${named(publication)}: a device that installs it could not be offered any update again. Set PROJECT_VER to ` +
      `"${suggestion}" and build again; what can be ordered looks like ${READABLE_VERSIONS}.`,
  };
}

const named = ({ version, build }: ImageVersion): string =>
  build === null ? version : `${version} build ${build}`;

const quoted = (text: string): string => (text === '' ? 'of no version at all' : `"${text}"`);
