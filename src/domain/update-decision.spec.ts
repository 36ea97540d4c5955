import fc from 'fast-check';
import type { DeviceFacts } from './device-facts.js';
import { loopingFirmware, progressAfter, type SuccessCounts } from './device-update.js';
import { compareVersions, parseVersion, type FirmwareVersion } from './firmware-version.js';
import {
  compareReleases,
  narrowedPlan,
  plannedReleases,
  sharedPlan,
  type PersonalPlan,
  type PlannedRelease,
  type ReleaseCandidate,
} from './release-plan.js';
import { WITHHELD_REASONS, type RolloutStanding } from './rollout/standing.js';
import {
  answerCheck,
  decideUpdate,
  MAX_SUCCESSES_OF_ONE_FIRMWARE,
  type UpdateDecision,
} from './update-decision.js';

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

/** `granted`, `admission` or a reason; `none`: the rollout is not for the device. */
const standingOf = (word: string): RolloutStanding | null => {
  if (word === 'none') return null;
  if (word === 'granted' || word === 'admission') return { kind: word };
  const reason = WITHHELD_REASONS.find((one) => one === `rollout_${word}` || one === word);
  if (!reason) throw new Error(`not a standing: ${word}`);
  return { kind: 'withheld', reason };
};

/** `2.0.0 (waiting)`: brought by a rollout. `1.0.0 (granted, down)`: by one that allows downgrades. */
function personal(texts: readonly string[]): PersonalPlan<Named> {
  const forAll = texts.filter((text) => !text.includes('('));
  const standings: (RolloutStanding | null)[] = [];
  const rollouts = texts
    .filter((text) => text.includes('('))
    .map((text): PlannedRelease<Named> => {
      const [, name = '', words = ''] = /^(.*) [(](.*)[)]$/.exec(text) ?? [];
      const [word = '', down] = words.split(', ');
      standings.push(standingOf(word));
      const rollout = { id: standings.length, allowDowngrade: down === 'down' };
      return { release: { ...release(name), name }, rollout };
    });
  return {
    kind: 'personal',
    releases: plannedReleases(sharedPlan(forAll.map(release)), rollouts),
    standingIn: (id) => standings[id - 1] ?? null,
  };
}

/** `2.0.0`; with `+` if a rollout has to admit the device first. */
function decideFor(running: string, texts: readonly string[], more: Partial<DeviceFacts> = {}): string {
  const [version = '', build = 'b1'] = running.split(' ');
  const facts = { version: parseVersion(version), build: Number(build.slice(1)), ...more };
  const decision = decideUpdate(facts, personal(texts));
  if (decision.kind === 'none') return decision.reason;
  return decision.release.name + (decision.admissionTo === undefined ? '' : '+');
}

describe('the decision for a device of a type that has rollouts', () => {
  it.each([
    ['a rollout admits it', '1.0.0', ['2.0.0 (admission)'], '2.0.0+'],
    ['a rollout has it', '1.0.0', ['2.0.0 (granted)', '1.5.0'], '2.0.0'],
    ['a rollout is not for it', '1.0.0', ['2.0.0 (none)', '1.5.0'], '1.5.0'],
    ['the only rollout is not for it', '1.0.0', ['2.0.0 (none)'], 'no_release'],
    ['it waits for a rollout', '1.0.0', ['2.0.0 (waiting)'], 'rollout_waiting'],
    ['its rollout is paused', '1.0.0', ['2.0.0 (paused)'], 'rollout_paused'],
    ['it is outside of the hours', '1.0.0', ['2.0.0 (outside_window)'], 'outside_window'],
    ['it has no attempt left', '1.0.0', ['2.0.0 (attempts_exhausted)'], 'attempts_exhausted'],
    ['something else is for it meanwhile', '1.0.0', ['2.0.0 (waiting)', '1.5.0'], '1.5.0'],
    ['another rollout admits it meanwhile', '1.0.0', ['2.0.0 (waiting)', '1.5.0 (admission)'], '1.5.0+'],
    ['two rollouts withhold something', '1.0.0', ['2.0.0 (paused)', '1.5.0 (waiting)'], 'rollout_paused'],
    ['it runs what is for everybody, and waits', '1.5.0', ['2.0.0 (waiting)', '1.5.0'], 'rollout_waiting'],
    ['it runs what a rollout has brought', '2.0.0', ['2.0.0 (granted)', '1.5.0'], 'up_to_date'],
    [
      'it is below the floor of a rollout',
      '1.0.0',
      ['3.0.0 min 2.0.0 (granted)'],
      'below_min_current_version',
    ],
    ['it climbs to the floor of a rollout', '1.0.0', ['3.0.0 min 2.0.0 (granted)', '2.0.0'], '2.0.0'],
    ['a release for everybody is the same', '1.0.0', ['2.0.0 (waiting)', '2.0.0'], '2.0.0'],
    ['its version cannot be read', 'abc', ['2.0.0 any (granted)'], '2.0.0 any'],
    ['its version cannot be read, and a rollout waits', 'abc', ['2.0.0 any (waiting)'], 'rollout_waiting'],
    [
      'its version cannot be read, and nothing is for such',
      'abc',
      ['2.0.0 (granted)'],
      'unparsable_current_version',
    ],
  ])('%s: %s of %j → %s', (_scenario, running, releases, expected) => {
    expect(decideFor(running, releases)).toBe(expected);
  });

  const ACCEPTS = { acceptsDowngrade: true };
  const at = (secureVersion: number | string): Partial<DeviceFacts> => ({
    acceptsDowngrade: true,
    attributes: new Map([['secure_version', secureVersion]]),
  });
  it.each<[string, readonly string[], Partial<DeviceFacts>, string]>([
    ['it does not accept that', ['1.0.0 (admission, down)'], {}, 'downgrade_not_accepted'],
    ['it does not accept that, and the rollout is stopped', ['1.0.0 (paused, down)'], {}, 'up_to_date'],
    [
      'it does not accept that, and the rollout has no room',
      ['1.0.0 (waiting, down)'],
      {},
      'downgrade_not_accepted',
    ],
    [
      'it does not accept that, and what it runs is in force',
      ['2.0.0', '1.0.0 (granted, down)'],
      {},
      'up_to_date',
    ],
    ['it accepts that', ['1.0.0 (admission, down)'], ACCEPTS, '1.0.0+'],
    ['the rollout does not allow it', ['1.0.0 (granted)'], ACCEPTS, 'up_to_date'],
    ['the rollout is not for it', ['1.0.0 (none, down)'], ACCEPTS, 'no_release'],
    ['the rollout waits', ['1.0.0 (waiting, down)'], ACCEPTS, 'rollout_waiting'],
    ['what it runs was stopped', ['2.0.0 (paused)', '1.0.0 (granted, down)'], ACCEPTS, '1.0.0'],
    ['what it runs is in force', ['2.0.0', '1.0.0 (granted, down)'], ACCEPTS, 'up_to_date'],
    [
      'what it runs is in force by a rollout',
      ['2.0.0 (granted)', '1.0.0 (granted, down)'],
      ACCEPTS,
      'up_to_date',
    ],
    [
      'one of two has stopped what it runs',
      ['2.0.0 (paused)', '2.0.0 (granted)', '1.0.0 (granted, down)'],
      ACCEPTS,
      'up_to_date',
    ],
    ['what it runs is not for it', ['2.0.0 (none)', '1.0.0 (granted, down)'], ACCEPTS, '1.0.0'],
    ['something newer is for it', ['3.0.0', '1.0.0 (granted, down)'], ACCEPTS, '3.0.0'],
    ['its counter is not above that of the image', ['1.0.0 (granted, down)'], at(0), '1.0.0'],
    ['its counter is above that of the image', ['1.0.0 (granted, down)'], at(1), 'below_secure_version'],
    ['its counter is no number', ['1.0.0 (granted, down)'], at('x'), '1.0.0'],
  ])('an older one when %s', (_when, releases, more, expected) => {
    expect(decideFor('2.0.0', releases, more)).toBe(expected);
  });

  it('tells who explains it what a device is below the floor of, newest first', () => {
    const passedOver: string[] = [];
    const plan = personal([
      '3.0.0 min 2.0.0 (granted)',
      '4.0.0 min 2.0.0 (none)',
      '2.5.0 min 2.0.0',
      '1.5.0',
    ]);
    decideUpdate({ version: v('1.0.0'), build: 1 }, plan, ({ name }) => passedOver.push(name));
    expect(passedOver).toEqual(['3.0.0 min 2.0.0', '2.5.0 min 2.0.0']);
  });
});

describe('properties of the decision with rollouts', () => {
  const facts: fc.Arbitrary<DeviceFacts> = fc.record({
    version: fc.oneof({ weight: 5, arbitrary: version }, { weight: 1, arbitrary: fc.constant(null) }),
    build: fc.nat(3),
    acceptsDowngrade: fc.boolean(),
    attributes: fc
      .option(small)
      .map((counter) => new Map(counter === null ? [] : [['secure_version', counter]])),
  });
  const standings = fc.constantFrom(
    'none',
    'granted',
    'admission',
    'waiting',
    'paused',
    'outside_window',
    'attempts_exhausted',
  );
  const rollout = fc.record({
    release: candidate.chain((one) => fc.option(small).map((secureVersion) => ({ ...one, secureVersion }))),
    allowDowngrade: fc.boolean(),
    standing: standings,
  });
  const plan = fc
    .tuple(published, fc.array(rollout, { maxLength: 6 }))
    .map(([shared, rollouts]): PersonalPlan<ReleaseCandidate> => ({
      kind: 'personal',
      releases: plannedReleases(
        shared,
        rollouts.map(({ release, allowDowngrade }, id) => ({ release, rollout: { id, allowDowngrade } })),
      ),
      standingIn: (id) => standingOf(rollouts[id]?.standing ?? 'none'),
    }));
  const order = (one: ReleaseCandidate, { version, build }: DeviceFacts): number =>
    version ? compareReleases(one, { version, build }) : 1;

  it('without rollouts it is that for everybody', () => {
    fc.assert(
      fc.property(facts, published, (device, shared) => {
        const own = {
          kind: 'personal',
          releases: plannedReleases(shared, []),
          standingIn: () => null,
        } as const;
        const told: [ReleaseCandidate[], ReleaseCandidate[]] = [[], []];
        expect(decideUpdate(device, own, (one) => told[0].push(one))).toEqual(
          decideUpdate(device, shared, (one) => told[1].push(one)),
        );
        expect(told[0]).toEqual(told[1]);
      }),
    );
  });

  it('by the part of a plan that matters it is that by the whole', () => {
    fc.assert(
      fc.property(facts, plan, (device, own) => {
        const part = { ...own, releases: narrowedPlan(own.releases, device.version, device.build) };
        const told: [ReleaseCandidate[], ReleaseCandidate[]] = [[], []];
        expect(decideUpdate(device, part, (one) => told[0].push(one))).toEqual(
          decideUpdate(device, own, (one) => told[1].push(one)),
        );
        expect(told[0]).toEqual(told[1]);
      }),
    );
  });

  it('rollouts that are not for the device change nothing', () => {
    fc.assert(
      fc.property(facts, plan, (device, { releases }) => {
        const shared = sharedPlan(releases.flatMap((one) => (one.rollout ? [] : [one.release])));
        const decision = decideUpdate(device, { kind: 'personal', releases, standingIn: () => null });
        expect(decision).toEqual(decideUpdate(device, shared));
      }),
    );
  });

  it('offers only what a rollout has for the device, or everybody may have', () => {
    fc.assert(
      fc.property(facts, plan, (device, own) => {
        const decision = decideUpdate(device, own);
        if (decision.kind === 'none') return;
        const { admissionTo, release } = decision;
        if (admissionTo !== undefined) expect(own.standingIn(admissionTo)).toEqual({ kind: 'admission' });
        else
          expect(
            own.releases.some(
              (one) =>
                one.release === release &&
                (!one.rollout || own.standingIn(one.rollout.id)?.kind === 'granted'),
            ),
          ).toBe(true);
        if (device.version && order(release, device) > 0)
          expect(!release.floor || compareVersions(device.version, release.floor) >= 0).toBe(true);
      }),
    );
  });

  it('offers something older only with consent, above the counter, and while what runs is not in force', () => {
    fc.assert(
      fc.property(facts, plan, (device, own) => {
        const decision = decideUpdate(device, own);
        if (decision.kind === 'none' || order(decision.release, device) > 0) return;
        expect(order(decision.release, device)).toBeLessThan(0);
        expect(device.acceptsDowngrade).toBe(true);
        expect(decision.release.secureVersion ?? 0).toBeGreaterThanOrEqual(
          Number(device.attributes?.get('secure_version') ?? 0),
        );
        const inForce = own.releases
          .filter(({ release }) => order(release, device) === 0)
          .map(({ rollout }) => (rollout ? own.standingIn(rollout.id) : ({ kind: 'granted' } as const)));
        expect(inForce.some((one) => one !== null && one.kind !== 'withheld')).toBe(false);
      }),
    );
  });

  it('says why it is withheld only when nothing else is for the device, and the reason of the newest', () => {
    fc.assert(
      fc.property(facts, plan, (device, own) => {
        const decision = decideUpdate(device, own);
        if (decision.kind === 'offer') return;
        const isWithheld = WITHHELD_REASONS.some((reason) => reason === decision.reason);
        if (!isWithheld) return;
        const withheld = own.releases.find(({ rollout }) => rollout?.id === decision.rolloutId);
        const standing = withheld?.rollout && own.standingIn(withheld.rollout.id);
        expect(standing).toEqual({ kind: 'withheld', reason: decision.reason });
        // It would get it, if it were granted.
        const isOffered = ({ rollout }: PlannedRelease<ReleaseCandidate>): boolean => {
          const standingIn = (id: number): RolloutStanding | null =>
            id === rollout?.id ? { kind: 'granted' } : own.standingIn(id);
          return decideUpdate(device, { ...own, standingIn }).kind === 'offer';
        };
        expect(withheld && isOffered(withheld)).toBe(true);
      }),
    );
  });

  /** A rollout that takes a device up while it runs `from`, or down, beside others. */
  const contradicting = fc.record({
    device: facts,
    shared: published,
    moves: fc.array(fc.record({ from: version, to: candidate, allowDowngrade: fc.boolean() }), {
      minLength: 2,
      maxLength: 6,
    }),
  });

  it('a device cannot go round for ever between rollouts whose targets contradict each other', () => {
    fc.assert(
      fc.property(contradicting, ({ device, shared, moves }) => {
        const rollouts = moves.map(({ to, allowDowngrade }, id) => ({
          release: { ...to, id },
          rollout: { id, allowDowngrade },
        }));
        const forAll = sharedPlan(
          shared.releases.map((one, index) => ({ ...one, id: moves.length + index })),
        );
        const releases = plannedReleases(forAll, rollouts);
        let current: DeviceFacts = { ...device, acceptsDowngrade: true };
        let successes: SuccessCounts = {};
        const mostSteps = releases.length * MAX_SUCCESSES_OF_ONE_FIRMWARE;
        for (let step = 0; ; step++) {
          expect(step).toBeLessThanOrEqual(mostSteps);
          const { version: runs } = current;
          const standingIn = (id: number): RolloutStanding | null => {
            const from = moves[id]?.from;
            return runs && from && compareVersions(runs, from) === 0 ? { kind: 'granted' } : null;
          };
          const decision = answerCheck(
            decideUpdate(current, { kind: 'personal', releases, standingIn }),
            'admitted',
            ({ id }) => loopingFirmware(successes).includes(id),
          );
          if (decision.kind === 'none') return;
          const { id: firmwareId, version: installed, build } = decision.release;
          const news = {
            firmwareId,
            status: 'success',
            errorMessage: null,
            changedAt: step,
            isInstalled: true,
          } as const;
          successes = progressAfter({ update: null, successes }, news).successes ?? {};
          current = { ...current, version: installed, build };
        }
      }),
    );
  });

  it('goes back and forth between two such rollouts until the same was installed three times', () => {
    const up = { ...release('2.0.0'), id: 1 };
    const down = { ...release('1.0.0'), id: 2 };
    const releases = plannedReleases(sharedPlan<typeof up>([]), [
      { release: up, rollout: { id: 1, allowDowngrade: false } },
      { release: down, rollout: { id: 2, allowDowngrade: true } },
    ]);
    const installed: string[] = [];
    let successes: SuccessCounts = {};
    for (let runs = '1.0.0'; ;) {
      const current = { version: v(runs), build: 1, acceptsDowngrade: true };
      const standingIn = (id: number): RolloutStanding | null =>
        (id === 1) === (runs === '1.0.0') ? { kind: 'granted' } : null;
      const decision = answerCheck(
        decideUpdate(current, { kind: 'personal', releases, standingIn }),
        'admitted',
        ({ id }) => loopingFirmware(successes).includes(id),
      );
      if (decision.kind === 'none') {
        expect(decision.reason).toBe('update_loop');
        break;
      }
      const { id: firmwareId, name } = decision.release;
      const news = {
        firmwareId,
        status: 'success',
        errorMessage: null,
        changedAt: 0,
        isInstalled: true,
      } as const;
      successes = progressAfter({ update: null, successes }, news).successes ?? {};
      installed.push((runs = name));
    }
    expect(installed).toEqual(['2.0.0', '1.0.0', '2.0.0', '1.0.0', '2.0.0', '1.0.0']);
  });

  it('a device that installs what it is offered comes to rest', () => {
    fc.assert(
      fc.property(facts, plan, (device, own) => {
        let current = device;
        for (let step = 0; ; step++) {
          expect(step).toBeLessThanOrEqual(own.releases.length + 1);
          const decision = decideUpdate(current, own);
          if (decision.kind === 'none') return;
          current = { ...current, version: decision.release.version, build: decision.release.build };
        }
      }),
    );
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
