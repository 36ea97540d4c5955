import fc from 'fast-check';
import semver from 'semver';
import { compareVersions, isReleaseVersion, parseVersion, versionSortKey } from './firmware-version.js';
import { samples } from '../../test/support/samples.js';

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
    ['1.2.0-9007199254740993', '1.2.0-9007199254740992', 'and numbers are exact'],
    ['v1.2.0-3-gabc1234', '1.2.0', 'commits after a tag are newer than the tag'],
    ['v1.2.0-10-gabc1234', 'v1.2.0-9-gdef5678', 'and count up'],
    ['v1.2.0-3-gabc1234+57', '1.2.0', 'also with a build number'],
    ['v1.2.0-3-gabc1234-broken', '1.2.0', 'or with a broken work tree'],
    ['v1.2.0+57-3-gabc1234', '1.2.0', 'or when the tag has a build number'],
    ['1.2.1', 'v1.2.0-3-gabc1234-dirty', 'the next release is newer than commits before it'],
    ['1.2.0', 'v1.2.0-rc.1-4-gabc1234', 'a release is newer than commits after its pre-release'],
    ['1.0.0.4', '1.0.0', 'a fourth number is newer than none'],
    ['1.0.0.10', '1.0.0.9', 'and counts as a number'],
    ['1.0.1', 'v1.0.0.4-3-gabc1234', 'and less than the third'],
    ['1.0.0.4', '1.0.0.4-rc.1', 'a pre-release is of all four'],
    ['1.0.0.4-rc.1', '1.0.0.3', 'and newer than the number before'],
    ['1.0.0.1-rc.1', '1.0.0-3-gabc1234', 'also newer than commits after the three'],
    ['2024.10.1', '2024.03.1', 'months with a leading zero count as numbers'],
    ['2024.03.10', '2024.03.09', 'and days'],
    ['1.1', '1.0.9', 'numbers that are missing are 0'],
    ['v2', '1.9.9', 'all but the first'],
    ['1.0', '1.0-rc.1', 'a pre-release of two numbers is older than they are'],
    ['v1.2-3-gabc1234', '1.2.0', 'commits after a tag of two numbers'],
    ['v10.11.12-1234-g0a1b2c3d4e-dirt', '10.11.12', 'git describe that was cut in the word dirty'],
    ['v10.11.12-rc.1-1234-g0a1b2c3d4e', '10.11.12-rc.1', 'or that is as long as the field'],
    ['v10.11.12-some.feature-12-g0a1b', '10.11.12-some.feature', 'or was cut in the hash'],
    ['v10.11.12-some.longfeature-12-g', '10.11.12-some.longfeature', 'or before it'],
    ['v10.11.12-some.long.feature-123', '10.11.12-some.long.feature', 'or in the count of commits'],
    ['v10.11.12-some.longfeature-123-', '10.11.12-some.longfeature', 'or behind it'],
  ])('%s is newer than %s: %s', (newer, older) => {
    expect(compare(newer, older)).toBe(1);
    expect(compare(older, newer)).toBe(-1);
  });

  it.each([
    ['v1.2.3', '1.2.3', 'a leading v says nothing'],
    ['1.2.3+45', '1.2.3', 'nor does build metadata'],
    ['v1.2.3-dirty', '1.2.3', 'nor does a dirty work tree'],
    ['v1.2.3-dirty+57', '1.2.3', 'also with a build number'],
    ['v1.2.3+57-dirty', '1.2.3', 'on either side'],
    ['v1.2.3-0-gabc1234', '1.2.3', 'git describe --long on the tag itself'],
    [' 1.2.3 ', '1.2.3', 'nor does white space around it'],
    ['v1.0', '1.0.0', 'nor do numbers that are missing'],
    ['1.0.0.0', '1', 'or are 0'],
    ['01.02.03', '1.2.3', 'nor do leading zeros'],
    [
      'v10.11.12-some.long.feature-dir',
      '10.11.12-some.long.feature',
      'nor a part of the word dirty at the end',
    ],
    ['v10.11.12-some.longer.feature-d', '10.11.12-some.longer.feature', 'nor its first letter'],
  ])('%s is as new as %s: %s', (a, b) => {
    expect(compare(a, b)).toBe(0);
  });

  it.each([
    '',
    'abc1234',
    'abc1234-dirty',
    '2f061cb',
    '1234567',
    '1234567-dirty',
    '20240301',
    '2024-03-01',
    '1-rc.1',
    '1.2-3',
    '1.0.0_beta',
    '1.2.x',
    '1.2.3.4.5',
    '1..2',
    '.1.2',
    '-dirty',
    '+45',
    'v',
    'latest',
    'esp-idf: v4.4.6 3572900934',
    '9007199254740993.0.0',
    '1.0.0.9007199254740993',
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
const fourNumbers = fc
  .tuple(version, number)
  .map(([text, fourth]) => text.replace(/^\d+\.\d+\.\d+/, (core) => `${core}.${fourth}`));
const fewNumbers = fc.oneof(
  fc.nat(99).map(String),
  fc.tuple(number, number).map((parts) => parts.join('.')),
);
const tagged = fc.oneof(version, fourNumbers, fewNumbers);
const described = fc
  .tuple(tagged, fc.nat(500), fc.constantFrom('', '-dirty'))
  .map(([tag, commits, dirty]) => `v${tag}-${commits}-gabc1234${dirty}`);
/** All that a device may say and that can be ordered. */
const readable = fc.oneof(tagged, described).filter((text) => parseVersion(text) !== null);
/** A text of this length may have been cut, and then is not read as a semantic version. */
const isUncut = (text: string): boolean => text.length !== 31;

describe('properties', () => {
  it('orders published versions as semver does', () => {
    fc.assert(
      fc.property(version.filter(isUncut), version.filter(isUncut), (a, b) => {
        expect(compare(a, b)).toBe(semver.compare(a, b));
      }),
    );
  });

  it('is an order: of two the one is as much newer as the other is older, and of three it makes one line', () => {
    fc.assert(
      fc.property(readable, readable, readable, (a, b, c) => {
        expect(compare(a, a)).toBe(0);
        expect(compare(a, b)).toBe(0 - compare(b, a));
        const [x, y, z] = [a, b, c].sort(compare) as [string, string, string];
        expect(compare(x, y)).toBeLessThanOrEqual(0);
        expect(compare(y, z)).toBeLessThanOrEqual(0);
        expect(compare(x, z)).toBe(Math.min(compare(x, y), compare(y, z)));
      }),
      { numRuns: samples(500) },
    );
  });

  it('reads git describe output that was cut to 31 characters behind its tag as not older than the tag', () => {
    const prefix = fc
      .tuple(release, fc.stringMatching(/^(-[a-z]{1,8}(\.[a-z]{1,8})?)?$/))
      .map((p) => p.join(''));
    const long = fc.tuple(prefix, fc.integer({ min: 1, max: 99_999 }), fc.constantFrom('', '-dirty'));
    fc.assert(
      fc.property(long, ([tag, commits, dirty]) => {
        const cut = `v${tag}-${commits}-g0a1b2c3d4e5f60718293${dirty}`.slice(0, 31);
        fc.pre(cut.length > tag.length + 2);
        expect(compare(cut, tag)).toBe(1);
      }),
    );
  });

  it('sorts by its key in the same order', () => {
    const key = (text: string): Buffer => Buffer.from(versionSortKey(parseVersion(text)));
    expect(versionSortKey(null)).toBe('');
    fc.assert(
      fc.property(readable, readable, (a, b) => {
        expect(Math.sign(Buffer.compare(key(a), key(b)))).toBe(compare(a, b));
      }),
      { numRuns: samples(500) },
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
