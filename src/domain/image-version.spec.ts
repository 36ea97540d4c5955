import fc from 'fast-check';
import type { AppDescriptor } from './esp-image/app-descriptor.js';
import type { EspImage } from './esp-image/esp-image.js';
import { parseVersion } from './firmware-version.js';
import { versionViolation, versionOf, type Publication } from './image-version.js';
import { sharedPlan } from './release-plan.js';
import { say } from './sentence.js';
import { decideUpdate } from './update-decision.js';
import { samples } from '../../test/support/samples.js';

/** Of an image these rules read nothing but the version. */
const saying = (version: string): EspImage => ({ app: { version } as AppDescriptor }) as EspImage;
const publishedAs = (text: string): Publication => {
  const [version = '', build] = text.split(' b');
  return {
    version,
    build: build === undefined ? null : Number(build),
    minCurrentVersion: null,
    offerToUnparsable: false,
  };
};
const violationOf = (said: string, published: string, more: Partial<Publication> = {}): string =>
  versionViolation(saying(said), { ...publishedAs(published), ...more })?.code ?? 'at rest';

describe('what a device that runs the image will say', () => {
  it.each([
    ['1.1.0', '1.1.0 b57', 'the component remembers the build of its offer'],
    ['v1.1.0', '1.1.0 b1', 'a leading v says nothing'],
    ['1.1.0+57', '1.1.0 b57', 'the build in the image is that of the release'],
    ['v1.1.0+57', '1.1.0', 'and is not judged before there is one'],
    ['1.1.0+0', '1.1.0 b3', 'a build of 0 is none'],
    ['1.1.0+abc', '1.1.0 b3', 'and metadata that is no number'],
    ['1.1.0+9999999999', '1.1.0 b3', 'and a number that no build can have'],
    ['1.1.0', 'latest b3', 'what is offered to nobody is judged by nobody'],
    ['v1.2.0-dirty', '1.2.0 b1', 'local changes say nothing'],
    ['1.2', '1.2.0 b1', 'numbers that are missing are 0'],
    ['2024.03.1', '2024.3.1 b1', 'leading zeros say nothing'],
    ['1.2.0-rc.1', '1.2.0-rc.1 b1', 'a pre-release is a version'],
  ])('%s, published as %s, is at rest: %s', (said, published) => {
    expect(violationOf(said, published)).toBe('at rest');
  });

  it.each([
    [
      '1.1.0+2',
      '1.1.0 b57',
      'would be offered it again for ever',
      'PROJECT_VER to "1.1.0+57"',
      'as 1.1.0 build 2.',
    ],
    ['1.0.0', '1.1.0', 'offered it again for ever', 'PROJECT_VER to "1.1.0" and', 'publish it as 1.0.0.'],
    ['v1.2.0-3-gabc1234', '1.2.1 b1', 'offered it again for ever', 'PROJECT_VER to "1.2.1" and', 'again.'],
    ['v1.2.0-dirty', '1.2.1 b1', 'offered it again for ever', 'PROJECT_VER', 'again.'],
    ['1.2.0-rc.1', '1.2.0 b1', 'offered it again for ever', 'PROJECT_VER', 'publish it as 1.2.0-rc.1.'],
    ['1.0.0.4', '1.0.1 b1', 'offered it again for ever', 'PROJECT_VER', 'again.'],
    ['1', '1.0.1 b1', 'offered it again for ever', 'PROJECT_VER', 'again.'],
    ['1.1.0+57', '1.1.0 b2', 'count as newer than this release', '"1.1.0+2"', 'as 1.1.0 build 57.'],
    ['2.0.0', '1.1.0', 'count as newer than this release', 'PROJECT_VER', 'publish it as 2.0.0.'],
    ['v1.2.0-3-gabc1234', '1.2.0 b1', 'count as newer than this release', 'PROJECT_VER', 'again.'],
    ['v10.11.12-1234-g0a1b2c3d4e-dirt', '10.11.12 b1', 'count as newer', 'PROJECT_VER', 'again.'],
    ['1.0.0.4', '1.0.0 b1', 'count as newer than this release', 'PROJECT_VER', 'again.'],
  ])('%s, published as %s, %s', (said, published, ...sentence) => {
    const violation = versionViolation(saying(said), publishedAs(published));
    expect(violation?.code).toBe('IMAGE_VERSION_MISMATCH');
    for (const part of [`"${said}"`, ...sentence]) expect(say(violation?.reason ?? '')).toContain(part);
  });

  it.each(['2f061cb', 'esp-idf: v4.4.6 3572900934', '1.0.0_beta', 'arduino-lib-builder', '1234567', ''])(
    '%j cannot be ordered: its device would never be offered anything again',
    (said) => {
      const violation = versionViolation(saying(said), publishedAs('1.2.1 b1'));
      expect(violation?.code).toBe('IMAGE_VERSION_UNPARSABLE');
      expect(say(violation?.reason ?? '')).toMatch(
        /PROJECT_VER to "1\.2\.1" and build again; .*2024\.03\.1 and git describe/,
      );
    },
  );

  it('under its own floor strands it; what is for any version is offered again for ever', () => {
    const floor = { minCurrentVersion: '1.1.0' };
    const stranded = versionViolation(saying('1.0.0'), { ...publishedAs('1.2.0 b1'), ...floor });
    expect(say(stranded?.reason ?? '')).toMatch(
      /below minCurrentVersion and would not be offered any further update/,
    );
    expect(violationOf('2f061cb', '1.2.0 b1', { offerToUnparsable: true })).toBe('IMAGE_VERSION_MISMATCH');
    expect(violationOf('2f061cb', '1.2.0 b1', { offerToUnparsable: true, ...floor })).toBe(
      'IMAGE_VERSION_UNPARSABLE',
    );
    expect(violationOf('1.2.0', '1.2.0 b1', { offerToUnparsable: true })).toBe('at rest');
  });

  it('is at rest exactly when the rule of the checks leaves it where it is, and offers it all that is newer', () => {
    const small = fc.nat(2);
    const release = fc.tuple(small, small, small).map((parts) => parts.join('.'));
    const said = fc.oneof(
      release,
      fc.tuple(release, small).map(([version, build]) => `v${version}+${build}`),
      fc.tuple(release, small).map(([version, commits]) => `${version}-${commits}-gabc1234`),
      fc.constantFrom('1', '1.1', '1.0.0.1', '2f061cb', ''),
    );
    const build = fc.integer({ min: 1, max: 3 });
    const publication = fc.record({
      version: release,
      build,
      minCurrentVersion: fc.constant(null),
      offerToUnparsable: fc.boolean(),
    });
    fc.assert(
      fc.property(said, publication, release, build, (text, published, next, nextBuild) => {
        const candidate = (version: string, number: number) => ({
          version: parseVersion(version)!,
          build: number,
          floor: null,
          offerToUnparsable: published.offerToUnparsable,
        });
        const own = candidate(published.version, published.build);
        const plus = Number(/\+(\d+)$/.exec(text)?.[1] ?? 0);
        const running = { version: parseVersion(text), build: plus || published.build };
        const isAtRest = decideUpdate(running, sharedPlan([own])).kind === 'none';
        const successor = candidate(next, nextBuild);
        const offered = decideUpdate(running, sharedPlan([successor])).kind === 'offer';
        const isNewer =
          decideUpdate({ version: own.version, build: own.build }, sharedPlan([successor])).kind === 'offer';
        if (versionViolation(saying(text), published) === null)
          expect([isAtRest, offered]).toEqual([true, isNewer]);
        if (!isAtRest) expect(versionViolation(saying(text), published)).not.toBeNull();
      }),
      { numRuns: samples(1000) },
    );
  });
});

describe('the version that an image may be published as', () => {
  it.each([
    ['1.2.3', { version: '1.2.3', build: null }],
    ['v1.2.3-rc.1+45', { version: '1.2.3-rc.1', build: 45 }],
    ['1.2.3+045', { version: '1.2.3', build: 45 }],
    ['1.2.3+abc', { version: '1.2.3', build: null }],
    ['v1.2.0-3-gabc1234', null],
    ['v1.2.0-dirty', null],
    ['v10.11.12-1234-g0a1b2c3d4e-dirt', null],
    ['1.2', null],
    ['2024.03.1', null],
    ['2f061cb', null],
  ])('%s is %j', (text, expected) => {
    expect(versionOf(saying(text))).toEqual(expected);
  });
});
