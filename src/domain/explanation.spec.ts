import fc from 'fast-check';
import { DEVICE_STATUSES, deviceStatus } from './device-status.js';
import {
  explain,
  spanOf,
  type ExplainedDevice,
  type ExplainedPlan,
  type NamedRelease,
  type Step,
} from './explanation.js';
import { parseVersion } from './firmware-version.js';
import { ATTEMPT_STATUSES } from './ota-attempt.js';
import { sharedPlan } from './release-plan.js';
import type { ExplainedRollout } from './rollout/explained-rollout.js';
import { answerCheck, decideUpdate, type UpdateDecision } from './update-decision.js';

const NOW = Date.UTC(2026, 0, 1);
const HOUR = 3_600_000;

const DEVICE: ExplainedDevice = {
  standing: 'admitted',
  served: 'admitted',
  lacksCredentials: false,
  hasChecked: true,
  lastSeenAt: NOW - HOUR,
  checkInterval: 3_600,
  reason: null,
  lastUpdate: null,
  running: { deviceType: 'scales', version: '1.0.0', build: 1 },
  lastReport: null,
  bootIdsAlternatedAt: null,
};
const NEWEST: NamedRelease = { name: '2.0.0 build 1', floor: null };
const PLAN: ExplainedPlan = { newest: NEWEST, passedOver: [], damaged: [], rollouts: [] };
const ROLLOUT: ExplainedRollout = {
  id: 7,
  firmware: NEWEST.name,
  state: 'running',
  standing: { kind: 'withheld', reason: 'rollout_waiting' },
  phaseIndex: 0,
  phaseCount: 0,
  startsAt: null,
  opensAt: 0,
  lacksZone: false,
  isUnread: false,
  isStale: false,
  full: 'unconfirmed',
  refusal: null,
};
const OFFER: UpdateDecision<NamedRelease> = { kind: 'offer', release: NEWEST };
const none = (reason: Extract<UpdateDecision<never>, { kind: 'none' }>['reason']): UpdateDecision<never> => ({
  kind: 'none',
  reason,
});
const FAILED = { lastReport: { firmware: '2.0.0 build 1', message: 'no space left' } };
const failed = (isRolledBack: boolean): Partial<ExplainedDevice> => ({
  ...FAILED,
  lastUpdate: { status: 'failed', isRolledBack, changedAt: NOW - HOUR },
});

type Row = readonly [
  string,
  Partial<ExplainedDevice>,
  Partial<ExplainedPlan>,
  UpdateDecision<NamedRelease>,
  string | null,
];
const TABLE: readonly Row[] = [
  ['runs the newest', {}, {}, none('up_to_date'), null],
  ['only has to ask', {}, {}, OFFER, null],
  [
    'was updated before',
    { lastReport: FAILED.lastReport, lastUpdate: { status: 'success', isRolledBack: false, changedAt: 0 } },
    {},
    OFFER,
    null,
  ],
  ['climbs in steps', {}, { passedOver: [{ name: '3.0.0 build 1', floor: '2.0.0' }] }, OFFER, null],
  [
    'never checked',
    { running: null, hasChecked: false },
    { newest: null },
    none('no_release'),
    'has_checked: It has never checked',
  ],
  ['is blocked', { served: 'blocked' }, {}, none('device_blocked'), 'admitted: It is blocked'],
  [
    'was rejected',
    { served: 'rejected' },
    {},
    none('device_blocked'),
    'admitted: Its enrolment was rejected',
  ],
  [
    'waits for acceptance',
    { served: 'pending' },
    {},
    none('device_pending'),
    'admitted: It waits to be accepted',
  ],
  ['is silent', { lastSeenAt: NOW - 4 * HOUR }, {}, OFFER, 'heard_lately: It is silent'],
  [
    'has a release whose file is damaged',
    {},
    { newest: null, damaged: [NEWEST] },
    none('no_release'),
    'files_intact: A file is damaged',
  ],
  [
    'has releases whose files are damaged',
    {},
    { newest: null, damaged: [NEWEST, NEWEST] },
    none('no_release'),
    'files_intact: Files are damaged',
  ],
  ['lacks credentials', { lacksCredentials: true }, {}, OFFER, 'admitted: It has no credentials'],
  ['waits and is served', { standing: 'pending' }, {}, OFFER, null],
  [
    'updates now',
    {
      lastReport: FAILED.lastReport,
      lastUpdate: { status: 'installing', isRolledBack: false, changedAt: NOW },
    },
    {},
    OFFER,
    null,
  ],
  ['has no release', {}, { newest: null }, none('no_release'), 'release_exists: Nothing is released for it'],
  [
    'says no version',
    {},
    {},
    none('unparsable_current_version'),
    'version_readable: Its version cannot be compared',
  ],
  [
    'is below a floor',
    {},
    { passedOver: [{ ...NEWEST, floor: '1.5.0' }] },
    none('below_min_current_version'),
    'floor_met: It is below the floor',
  ],
  [
    'waits for a rollout',
    {},
    { rollouts: [ROLLOUT] },
    none('rollout_waiting'),
    'rollout: A rollout has not come to it yet',
  ],
  ['is let in by a rollout', {}, { rollouts: [{ ...ROLLOUT, standing: { kind: 'granted' } }] }, OFFER, null],
  [
    'would be brought back, and does not accept it',
    {},
    {
      rollouts: [{ ...ROLLOUT, standing: { kind: 'admission' }, refusal: 'downgrade_not_accepted' }],
    },
    none('downgrade_not_accepted'),
    'rollout: It does not accept an older version',
  ],
  [
    'would be brought back below its counter',
    {},
    { rollouts: [{ ...ROLLOUT, standing: { kind: 'admission' }, refusal: 'below_secure_version' }] },
    none('below_secure_version'),
    'rollout: Its anti-rollback counter is higher',
  ],
  ['no rollout is for', {}, { rollouts: [{ ...ROLLOUT, standing: null }] }, none('up_to_date'), null],
  ['waits for a rollout that is gone by now', {}, {}, none('rollout_waiting'), null],
  ['goes round', {}, {}, none('update_loop'), 'no_update_loop: It installs the same again and again'],
  ['failed', failed(false), {}, OFFER, 'last_update: Its last update failed'],
  ['rolled back', failed(true), {}, OFFER, 'last_update: It rolled back'],
  [
    'failed with another firmware than it is offered',
    { ...failed(true), lastReport: { firmware: '1.9.0 build 1', message: 'rolled back' } },
    {},
    OFFER,
    null,
  ],
  ['failed at what was withdrawn', failed(false), {}, none('up_to_date'), null],
];

const falseOf = (steps: readonly Step[]): string[] =>
  steps.filter(({ ok }) => ok === false).map(({ code, title }) => `${code}: ${title}`);

describe('explain', () => {
  it.each(TABLE)('says of a device that %s why it is not updated', (_words, device, plan, answer, reason) => {
    const steps = explain({ ...DEVICE, ...device }, { ...PLAN, ...plan }, answer, NOW);
    expect(falseOf(steps)).toEqual(reason === null ? [] : [reason]);
  });

  it('ends with the reason, and warnings', () => {
    const steps = explain(
      { ...DEVICE, served: 'blocked', bootIdsAlternatedAt: NOW - HOUR },
      PLAN,
      none('device_blocked'),
      NOW,
    );
    expect(steps.map(({ code, ok }) => [code, ok])).toEqual([
      ['admitted', false],
      ['one_device', null],
    ]);
  });

  it('warns of damaged files and of two devices with one id, which are no reason', () => {
    const steps = explain(
      { ...DEVICE, bootIdsAlternatedAt: NOW - HOUR },
      { ...PLAN, damaged: [{ name: '2.1.0 build 1', floor: null }] },
      none('up_to_date'),
      NOW,
    );
    expect(steps.filter(({ ok }) => ok === null).map(({ title }) => title)).toEqual([
      'A file is damaged',
      'It has not tried to update',
      'Two devices may share this id',
    ]);
  });

  const version = fc.constantFrom('1.0.0', '1.1.0', '2.0.0', '2.0.0-rc.1', '3.0.0');
  const release = fc
    .record({
      text: version,
      build: fc.integer({ min: 1, max: 2 }),
      floor: fc.option(version),
      any: fc.boolean(),
    })
    .map(({ text, build, floor, any }) => ({
      name: `${text} build ${build}`,
      version: parseVersion(text)!,
      build,
      floor: floor === null ? null : parseVersion(floor),
      floorText: floor,
      offerToUnparsable: any,
    }));
  const named = ({ name, floorText }: { name: string; floorText: string | null }): NamedRelease => ({
    name,
    floor: floorText,
  });
  const situation = fc.record({
    releases: fc.array(release, { maxLength: 4 }),
    running: fc.record({
      version: fc.oneof(version, fc.constant('abcdef1')),
      build: fc.integer({ min: 1, max: 2 }),
    }),
    standing: fc.constantFrom('admitted', 'blocked', 'pending', 'rejected'),
    isSameTried: fc.boolean(),
    isLooping: fc.boolean(),
    silentFor: fc.integer({ min: 0, max: 12 * HOUR }),
    lastUpdate: fc.option(
      fc.record({
        status: fc.constantFrom(...ATTEMPT_STATUSES),
        isRolledBack: fc.boolean(),
        changedAt: fc.constantFrom(NOW - 2 * HOUR, NOW),
      }),
    ),
  } as const);

  it('has at most one reason, which fits the answer of the decision and the status of the device', () => {
    fc.assert(
      fc.property(
        situation,
        ({ releases, running, standing, isLooping, isSameTried, silentFor, lastUpdate }) => {
          const plan = sharedPlan(releases);
          const passedOver: NamedRelease[] = [];
          const called = decideUpdate(
            { version: parseVersion(running.version), build: running.build },
            plan,
            (one) => {
              passedOver.push(named(one));
            },
          );
          const decision = answerCheck(called, standing, () => isLooping);
          const answer: UpdateDecision<NamedRelease> =
            decision.kind === 'offer' ? { kind: 'offer', release: named(decision.release) } : decision;
          const tried = isSameTried && answer.kind === 'offer' ? answer.release.name : 'another';
          const device: ExplainedDevice = {
            ...DEVICE,
            standing,
            served: standing,
            lastSeenAt: NOW - silentFor,
            reason: answer.kind === 'none' ? answer.reason : null,
            running: { deviceType: 'scales', ...running },
            lastUpdate,
            lastReport: lastUpdate && { firmware: tried, message: null },
          };
          const [newest] = plan.releases;
          const steps = explain(
            device,
            { newest: newest ? named(newest) : null, passedOver, damaged: [], rollouts: [] },
            answer,
            NOW,
          );
          const reasons = steps.filter(({ ok }) => ok === false).map(({ code }) => code);
          expect(reasons.length).toBeLessThanOrEqual(1);
          const status = deviceStatus(device, NOW);
          expect(DEVICE_STATUSES).toContain(status);
          if (status === 'silent') expect(reasons).toEqual(['heard_lately']);
          else if (answer.kind === 'none') {
            expect(reasons).toEqual(answer.reason === 'up_to_date' ? [] : [CODES[answer.reason]]);
          } else {
            const isOfIt = tried === answer.release.name;
            expect(reasons).toEqual(isOfIt && lastUpdate?.status === 'failed' ? ['last_update'] : []);
          }
        },
      ),
    );
  });
});

const CODES: Readonly<Record<string, string>> = {
  no_release: 'release_exists',
  unparsable_current_version: 'version_readable',
  below_min_current_version: 'floor_met',
  update_loop: 'no_update_loop',
  device_blocked: 'admitted',
  device_pending: 'admitted',
};

describe('spanOf', () => {
  it.each([
    [0, '0 seconds'],
    [-5, '0 seconds'],
    [1, '1 second'],
    [59.9, '59 seconds'],
    [60, '1 minute'],
    [7_199, '1 hour'],
    [200_000, '2 days'],
  ])('%s s is %s', (seconds, span) => {
    expect(spanOf(seconds)).toBe(span);
  });
});
