import fc from 'fast-check';
import { compareVersions, parseVersion, type FirmwareVersion } from './firmware-version.js';
import { compareReleases, sharedPlan, type ReleaseCandidate } from './release-plan.js';
import { answerCheck, decideUpdate, type UpdateDecision } from './update-decision.js';

const v = (text: string): FirmwareVersion => {
  const parsed = parseVersion(text);
  if (!parsed) throw new Error(`not a version: ${text}`);
  return parsed;
};

interface Named extends ReleaseCandidate {
  readonly name: string;
}

/** `3.0.0 b5 min 2.0.0 any`: version, build number (1 when left out), floor (none when left out), offered to any. */
const release = (name: string): Named => {
  const [version = '', ...rest] = name.split(' ');
  const build = rest.find((word) => word.startsWith('b'))?.slice(1) ?? '1';
  const floor = rest[rest.indexOf('min') + 1];
  return {
    name,
    version: v(version),
    build: Number(build),
    floor: rest.includes('min') ? v(floor ?? '') : null,
    offerToUnparsable: rest.includes('any'),
  };
};

const decide = (running: string, releases: readonly string[]): string => {
  const [version = '', build = 'b1'] = running.split(' ');
  const decision = decideUpdate(
    { version: parseVersion(version), build: Number(build.slice(1)) },
    sharedPlan(releases.map(release)),
  );
  return decision.kind === 'offer' ? decision.release.name : decision.reason;
};

describe('the update decision', () => {
  it.each([
    ['nothing is published', '1.0.0', [], 'no_release'],
    ['something newer is published', '1.0.0', ['1.1.0'], '1.1.0'],
    ['the newest of several', '1.0.0', ['1.9.0', '1.10.0', '1.2.0'], '1.10.0'],
    ['it runs the newest', '1.1.0', ['1.1.0', '1.0.0'], 'up_to_date'],
    ['it runs something newer than is published', '2.0.0', ['1.1.0'], 'up_to_date'],
    ['the same version with a higher build number', '1.1.0 b1', ['1.1.0 b2'], '1.1.0 b2'],
    ['the same version with a lower build number', '1.1.0 b3', ['1.1.0 b2'], 'up_to_date'],
    ['a newer version with a lower build number', '1.1.0 b9', ['1.2.0 b1'], '1.2.0 b1'],
    ['an older version with a higher build number', '1.1.0 b1', ['1.0.0 b9'], 'up_to_date'],
    ['the floor of the newest is met', '2.0.0', ['3.0.0 min 2.0.0', '2.5.0'], '3.0.0 min 2.0.0'],
    ['the floor of the newest is above it: it climbs', '1.0.0', ['3.0.0 min 2.0.0', '2.5.0'], '2.5.0'],
    ['every floor is above it', '1.0.0', ['3.0.0 min 2.0.0'], 'below_min_current_version'],
    [
      'the only newer one has a floor above it',
      '1.0.0',
      ['3.0.0 min 2.0.0', '0.9.0'],
      'below_min_current_version',
    ],
    ['a pre-release of what is published', '1.1.0-rc.1', ['1.1.0'], '1.1.0'],
    ['a published pre-release is newer', '1.0.0', ['1.1.0-rc.1'], '1.1.0-rc.1'],
    ['a leading v', 'v1.1.0', ['1.1.0'], 'up_to_date'],
    ['a development build after the release', 'v1.1.0-3-gabc1234-dirty', ['1.1.0'], 'up_to_date'],
    ['a development build before the release', 'v1.0.0-3-gabc1234', ['1.1.0'], '1.1.0'],
    ['its version cannot be read', 'abc1234', ['1.1.0'], 'unparsable_current_version'],
    ['its version cannot be read and nothing is published', 'abc1234', [], 'no_release'],
    [
      'its version cannot be read and one is for such',
      'abc1234',
      ['1.2.0', '1.1.0 any', '1.0.0 any'],
      '1.1.0 any',
    ],
    [
      'its version cannot be read and such a one has a floor',
      'abc1234',
      ['1.1.0 min 1.0.0 any'],
      'unparsable_current_version',
    ],
    [
      'its version cannot be read and one below it has none',
      'abc1234',
      ['1.1.0 min 1.0.0 any', '0.9.0 any'],
      '0.9.0 any',
    ],
    ['the mark says nothing to the others', '1.1.0', ['1.2.0', '1.1.5 any'], '1.2.0'],
    ['nor does it offer what is not newer', '1.1.5', ['1.1.5 any'], 'up_to_date'],
  ])('%s: %s of %j → %s', (_scenario, running, releases, expected) => {
    expect(decide(running, releases)).toBe(expected);
  });
});

const small = fc.nat(3);
const version = fc
  .tuple(small, small, small, fc.constantFrom('', '-rc.1', '-rc.2'))
  .map(([major, minor, patch, pre]) => v(`${major}.${minor}.${patch}${pre}`));
const candidate = fc
  .record({
    version,
    build: fc.integer({ min: 1, max: 3 }),
    floor: fc.option(version),
    offerToUnparsable: fc.boolean(),
  })
  .filter(({ version, floor }) => !floor || compareVersions(floor, version) <= 0);
const published = fc.array(candidate, { maxLength: 12 }).map(sharedPlan);
const running = fc.record({ version, build: fc.nat(3) });

const meetsFloor = (device: { version: FirmwareVersion }, { floor }: ReleaseCandidate): boolean =>
  !floor || compareVersions(device.version, floor) >= 0;

describe('properties of the decision', () => {
  it('never offers something older or equal', () => {
    fc.assert(
      fc.property(running, published, (device, plan) => {
        const decision = decideUpdate(device, plan);
        if (decision.kind === 'offer') expect(compareReleases(decision.release, device)).toBeGreaterThan(0);
      }),
    );
  });

  it('always offers the newest that the device may install', () => {
    fc.assert(
      fc.property(running, published, (device, plan) => {
        const eligible = plan.releases.filter((r) => compareReleases(r, device) > 0 && meetsFloor(device, r));
        const decision = decideUpdate(device, plan);
        if (eligible.length === 0) expect(decision.kind).toBe('none');
        else expect(decision).toEqual({ kind: 'offer', release: eligible[0] });
      }),
    );
  });

  it('leads a device that installs what it is offered to the newest it can reach, and stops there', () => {
    fc.assert(
      fc.property(running, published, (device, plan) => {
        let current: { version: FirmwareVersion; build: number } = device;
        for (let step = 0; ; step++) {
          expect(step).toBeLessThanOrEqual(plan.releases.length);
          const decision = decideUpdate(current, plan);
          if (decision.kind === 'none') break;
          current = decision.release;
        }
        const best = plan.releases.find((r) => reachable(device, plan.releases, r));
        expect(compareReleases(current, best ?? device)).toBe(0);
      }),
    );
  });
});

/** Whether any sequence of upgrades, not only the greedy one, leads from the device to the target. */
function reachable(
  device: { version: FirmwareVersion; build: number },
  releases: readonly ReleaseCandidate[],
  target: ReleaseCandidate,
): boolean {
  return releases
    .filter((r) => compareReleases(r, device) > 0 && meetsFloor(device, r))
    .some((r) => r === target || reachable(r, releases, target));
}

describe('the answer to a check', () => {
  const offer: UpdateDecision<string> = { kind: 'offer', release: '2.0.0' };
  const upToDate: UpdateDecision<string> = { kind: 'none', reason: 'up_to_date' };

  it.each([
    ['admitted', offer, false, offer],
    ['admitted', upToDate, true, upToDate],
    ['admitted', offer, true, { kind: 'none', reason: 'update_loop' }],
    ['blocked', offer, false, { kind: 'none', reason: 'device_blocked' }],
    ['rejected', upToDate, false, { kind: 'none', reason: 'device_blocked' }],
    ['pending', offer, true, { kind: 'none', reason: 'device_pending' }],
  ] as const)(
    'of a device that is %s, with %j and in a loop: %s',
    (standing, decision, isLooping, answer) => {
      expect(answerCheck<string>(decision, standing, () => isLooping)).toEqual(answer);
    },
  );

  it('asks for a loop of the firmware that would be offered', () => {
    expect(answerCheck(offer, 'admitted', (release) => release === '1.0.0')).toBe(offer);
  });
});

describe('who explains a decision', () => {
  it('is told of each newer release that the device cannot have, newest first', () => {
    const plan = sharedPlan(['3.0.0 min 2.0.0', '2.5.0', '2.8.0 min 2.6.0', '1.0.0'].map(release));
    const passedOver: string[] = [];
    decideUpdate({ version: v('1.0.0'), build: 1 }, plan, ({ name }) => passedOver.push(name));
    expect(passedOver).toEqual(['3.0.0 min 2.0.0', '2.8.0 min 2.6.0']);
  });
});
