import { audienceOf, type RunningGroup } from './audience.js';
import { parseVersion } from './firmware-version.js';
import type { ReleaseCandidate } from './release-plan.js';

const release = (version: string, build: number, floor: string | null = null): ReleaseCandidate => {
  const candidate = {
    version: parseVersion(version)!,
    build,
    floor: floor === null ? null : parseVersion(floor),
    offerToUnparsable: false,
  };
  return candidate;
};
const group = (version: string | null, build: number | null, devices: number): RunningGroup => ({
  version,
  build,
  devices,
});

describe('the audience of a firmware', () => {
  const fleet = [
    group('0.9.0', 1, 3),
    group('1.0.0', 1, 400),
    group('v1.0.0-3-gabc1234', 1, 10),
    group('1.1.0', 1, 50),
    group('1.1.0', 2, 20),
    group('2f061cb', 1, 15),
    group(null, null, 2),
  ];

  it.each([
    ['of the first release is everyone whose version can be read and is older', [], release('1.1.0', 2), 463],
    ['leaves out who would be given something newer', [release('2.0.0', 1)], release('1.1.0', 2), 0],
    ['is below the floor of a newer one', [release('2.0.0', 1, '1.1.0')], release('1.1.0', 2), 413],
    ['meets its own floor', [], release('1.1.0', 2, '1.0.0'), 460],
    ['does not depend on whether it is released already', [release('1.1.0', 2)], release('1.1.0', 2), 463],
    [
      'has the floor that is asked for, not the one it has',
      [release('1.1.0', 2, '1.1.0')],
      release('1.1.0', 2),
      463,
    ],
    ['of an older one than all run is nobody', [], release('0.1.0', 1), 0],
  ])('%s', (_, releases, candidate, wouldBeOffered) => {
    expect(audienceOf(candidate, releases, fleet)).toEqual({ devices: 500, wouldBeOffered });
  });

  it('of a type without devices is empty', () => {
    expect(audienceOf(release('1.0.0', 1), [], [])).toEqual({ devices: 0, wouldBeOffered: 0 });
  });
});
