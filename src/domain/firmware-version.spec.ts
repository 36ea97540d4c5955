import fc from 'fast-check';
import semver from 'semver';
import { compareVersions, isReleaseVersion, parseVersion, versionSortKey } from './firmware-version.js';

const compare = (a: string, b: string): number => {
  const [left, right] = [parseVersion(a), parseVersion(b)];
  if (!left || !right) throw new Error(`not a version: ${left ? b : a}`);
  return Math.sign(compareVersions(left, right));
};

describe('the order of versions', () => {
  it.each([
    ['1.10.0', '1.9.0', 'numbers count as numbers'],
    ['2.0.0', '1.99.99', 'major before minor'],
    ['1.2.0', '1.2.0-rc.1', 'a release is newer than its pre-release'],
    ['1.2.0-rc.2', '1.2.0-rc.1', 'pre-releases count up'],
    ['1.2.0-rc.10', '1.2.0-rc.9', 'and count as numbers'],
    ['1.2.0-rc.1', '1.2.0-beta.9', 'words in alphabetical order'],
    ['1.2.0-rc.1.1', '1.2.0-rc.1', 'more identifiers are newer'],
    ['1.2.0-alpha', '1.2.0-1', 'words are newer than numbers'],
    ['v1.2.0-3-gabc1234', '1.2.0', 'commits after a tag are newer than the tag'],
    ['v1.2.0-10-gabc1234', 'v1.2.0-9-gdef5678', 'and count up'],
    ['1.2.1', 'v1.2.0-3-gabc1234-dirty', 'the next release is newer than commits before it'],
    ['1.2.0', 'v1.2.0-rc.1-4-gabc1234', 'a release is newer than commits after its pre-release'],
  ])('%s is newer than %s: %s', (newer, older) => {
    expect(compare(newer, older)).toBe(1);
    expect(compare(older, newer)).toBe(-1);
  });

  it.each([
    ['v1.2.3', '1.2.3', 'a leading v says nothing'],
    ['1.2.3+45', '1.2.3', 'nor does build metadata'],
    ['v1.2.3-dirty', '1.2.3', 'nor does a dirty work tree'],
    ['v1.2.3-0-gabc1234', '1.2.3', 'git describe --long on the tag itself'],
    [' 1.2.3 ', '1.2.3', 'nor does white space around it'],
  ])('%s is as new as %s: %s', (a, b) => {
    expect(compare(a, b)).toBe(0);
  });

  it.each([
    '',
    '1',
    '1.2',
    'abc1234',
    'abc1234-dirty',
    '01.2.3',
    '1.2.x',
    '-dirty',
    'latest',
    '1.2.3.4',
    '\0',
    '💥',
  ])('%j cannot be ordered, and that is a value', (text) => {
    expect(parseVersion(text)).toBeNull();
  });
});

describe('what may be published', () => {
  it.each(['1.2.3', '0.0.1', '1.2.3-rc.1', '10.20.30-alpha-7'])('%s', (text) => {
    expect(isReleaseVersion(text)).toBe(true);
  });
  it.each(['v1.2.3', '1.2.3+45', '1.2', ' 1.2.3', '1.2.3\n', '../1.2.3', '01.2.3', ''])('not %j', (text) => {
    expect(isReleaseVersion(text)).toBe(false);
  });
});

const number = fc.oneof(fc.nat(20), fc.nat());
const identifier = fc.oneof(number.map(String), fc.stringMatching(/^[a-zA-Z-][0-9a-zA-Z-]{0,4}$/));
const release = fc.tuple(number, number, number).map((parts) => parts.join('.'));
const version = fc.oneof(
  release,
  fc
    .tuple(release, fc.array(identifier, { minLength: 1, maxLength: 3 }))
    .map(([core, ids]) => `${core}-${ids.join('.')}`),
);
const described = fc.tuple(version, fc.nat(500)).map(([tag, commits]) => `v${tag}-${commits}-gabc1234`);

describe('properties', () => {
  it('orders published versions as semver does', () => {
    fc.assert(
      fc.property(version, version, (a, b) => {
        expect(compare(a, b)).toBe(semver.compare(a, b));
      }),
    );
  });

  it('sorts by its key in the same order', () => {
    const key = (text: string): Buffer => Buffer.from(versionSortKey(parseVersion(text)));
    const any = fc.oneof(version, described);
    fc.assert(
      fc.property(any, any, (a, b) => {
        expect(Math.sign(Buffer.compare(key(a), key(b)))).toBe(compare(a, b));
      }),
      { numRuns: 500 },
    );
  });

  it('takes any text without an exception', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const parsed = parseVersion(text);
        expect(versionSortKey(parsed) > '').toBe(parsed !== null);
      }),
    );
  });
});
