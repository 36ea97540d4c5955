import fc from 'fast-check';
import { DEFAULT_SETTINGS, rolloutConstants } from './admission.js';
import {
  applyEvent,
  DEVICE_STATES,
  type DeviceEvent,
  type DeviceState,
  type RolloutDevice,
} from './device-events.js';
import { HOUR, MINUTE, SECOND } from './durations.js';

const constants = rolloutConstants({ ...DEFAULT_SETTINGS, targetSize: 1_000 });
const BEGUN = HOUR;

const aDevice = (state: DeviceState, more: Partial<RolloutDevice> = {}): RolloutDevice => ({
  seq: 1,
  groups: [],
  site: null,
  offeredAt: 0,
  installingAt: null,
  state,
  attempts: 0,
  isUnreported: false,
  ...more,
});

const EVENTS = {
  'is offered it again': { kind: 'offered' },
  downloads: { kind: 'downloading' },
  installs: { kind: 'installing', at: BEGUN },
  succeeds: { kind: 'success', at: BEGUN },
  'rolls back': { kind: 'failed', failure: 'after_install' },
  'cannot take the file': { kind: 'failed', failure: 'artefact' },
  'loses its connection': { kind: 'failed', failure: 'passing' },
  'runs the firmware': { kind: 'seen', runs: 'target', at: 2 * HOUR, hasRebooted: null },
  'runs what it ran': { kind: 'seen', runs: 'previous', at: 2 * HOUR, hasRebooted: null },
  'runs something else': { kind: 'seen', runs: 'other', at: 2 * HOUR, hasRebooted: true },
  'is looked at too soon': { kind: 'time', now: BEGUN + MINUTE, pauses: [] },
  'is looked at much later': { kind: 'time', now: BEGUN + 72 * HOUR, pauses: [] },
  'is excused': { kind: 'excused' },
} as const satisfies Record<string, DeviceEvent>;
type EventName = keyof typeof EVENTS;

/** What becomes of a device that has not begun to install, and of one that has; the same state is no entry. */
const TABLE: Readonly<
  Record<
    EventName,
    readonly [
      waits: Partial<Record<DeviceState, DeviceState>>,
      begun: Partial<Record<DeviceState, DeviceState>>,
    ]
  >
> = {
  'is offered it again': [{}, {}],
  downloads: [{}, {}],
  installs: [{ released: 'pending' }, {}],
  succeeds: [
    { pending: 'confirmed', released: 'confirmed' },
    { pending: 'confirmed', silent: 'confirmed' },
  ],
  'rolls back': [
    { pending: 'failed', released: 'failed' },
    { pending: 'failed', silent: 'failed', confirmed: 'failed' },
  ],
  'cannot take the file': [
    { pending: 'failed', released: 'failed' },
    { pending: 'failed', silent: 'failed' },
  ],
  'loses its connection': [{}, {}],
  'runs the firmware': [
    { pending: 'confirmed', released: 'confirmed' },
    { pending: 'confirmed', silent: 'confirmed' },
  ],
  'runs what it ran': [{}, { pending: 'failed', silent: 'failed', confirmed: 'failed' }],
  'runs something else': [{}, {}],
  'is looked at too soon': [{}, {}],
  'is looked at much later': [{ pending: 'released' }, { pending: 'silent' }],
  'is excused': [{ failed: 'excused' }, { failed: 'excused', silent: 'excused' }],
};

/** Those that a device can be in before it has begun to install, and after. */
const WAITS: readonly DeviceState[] = ['pending', 'failed', 'released', 'excused'];
const BEGAN: readonly DeviceState[] = ['pending', 'confirmed', 'failed', 'silent', 'excused'];

const pairs = (Object.keys(EVENTS) as EventName[]).flatMap((name) => [
  ...WAITS.map((state) => [state, null, name, TABLE[name][0][state] ?? state] as const),
  ...BEGAN.map((state) => [state, BEGUN, name, TABLE[name][1][state] ?? state] as const),
]);

describe('a device of a rollout', () => {
  it.each(pairs)('%s, began at %s, %s: %s', (state, installingAt, name, expected) => {
    const before = aDevice(state, { installingAt });
    const change = applyEvent(before, EVENTS[name], constants);
    expect((change?.device ?? before).state).toBe(expected);
  });

  it('keeps the first time at which it began', () => {
    const begun = aDevice('pending', { installingAt: BEGUN });
    expect(applyEvent(begun, { kind: 'installing', at: 2 * HOUR }, constants)).toBeNull();
    expect(applyEvent(aDevice('pending'), EVENTS.installs, constants)?.device.installingAt).toBe(BEGUN);
  });

  it('is released when its connection was lost three times', () => {
    let device = aDevice('pending');
    const states = [1, 2, 3].map(() => {
      device = applyEvent(device, EVENTS['loses its connection'], constants)!.device;
      return device.state;
    });
    expect(states).toEqual(['pending', 'pending', 'released']);
    expect(applyEvent(device, EVENTS['loses its connection'], constants)).toBeNull();
    const begins = applyEvent(device, EVENTS.installs, constants)!;
    expect(begins).toMatchObject({ device: { state: 'pending' }, deltas: { released: -1 } });
    expect(applyEvent(begins.device, EVENTS['loses its connection'], constants)).toBeNull();
  });

  it('is known to run the firmware before it reports so, and then reports it', () => {
    const seen = applyEvent(aDevice('pending'), EVENTS['runs the firmware'], constants)!;
    expect(seen.device).toMatchObject({ state: 'confirmed', isUnreported: true, installingAt: 2 * HOUR });
    expect(applyEvent(seen.device, EVENTS['runs the firmware'], constants)).toBeNull();
    const told = applyEvent(seen.device, EVENTS.succeeds, constants)!;
    expect(told).toMatchObject({
      device: { state: 'confirmed', isUnreported: false },
      affectsFailures: false,
    });
    expect(told.deltas).toEqual({ confirmed: 0, bad: 0, released: 0, excused: 0 });
    expect(applyEvent(told.device, EVENTS.succeeds, constants)).toBeNull();
  });

  // By its boot id, and seconds after it began to install.
  it.each([
    [true, 1, 'failed'],
    [false, 3_600, 'pending'],
    [null, 60, 'pending'],
    [null, 61, 'failed'],
  ])('that runs what it ran, restarted: %s, after %d s: %s', (hasRebooted, seconds, expected) => {
    const before = aDevice('pending', { installingAt: BEGUN });
    const at = BEGUN + seconds * SECOND;
    const change = applyEvent(before, { kind: 'seen', runs: 'previous', at, hasRebooted }, constants);
    expect((change?.device ?? before).state).toBe(expected);
  });

  it.each([
    [15 * MINUTE - 1, [], 'pending'],
    [15 * MINUTE, [], 'silent'],
    [75 * MINUTE - 1, [{ from: BEGUN + MINUTE, to: BEGUN + 61 * MINUTE }], 'pending'],
    [75 * MINUTE, [{ from: BEGUN + MINUTE, to: BEGUN + 61 * MINUTE }], 'silent'],
  ])('began %d µs ago, paused %j: %s', (ago, pauses, expected) => {
    const before = aDevice('pending', { installingAt: BEGUN });
    const change = applyEvent(before, { kind: 'time', now: BEGUN + ago, pauses }, constants);
    expect((change?.device ?? before).state).toBe(expected);
  });

  it.each([
    [2 * HOUR - 1, 'pending'],
    [2 * HOUR, 'released'],
  ])('was offered the firmware %d µs ago and has not begun: %s', (now, expected) => {
    const before = aDevice('pending');
    const change = applyEvent(before, { kind: 'time', now, pauses: [] }, constants);
    expect((change?.device ?? before).state).toBe(expected);
  });
});

describe('properties of events', () => {
  const state = fc.constantFrom(...DEVICE_STATES);
  const name = fc.constantFrom(...(Object.keys(EVENTS) as EventName[]));
  const device = fc
    .tuple(state, fc.boolean(), fc.nat(3), fc.boolean())
    .map(([is, hasBegun, attempts, isUnreported]) =>
      aDevice(is, { installingAt: hasBegun ? BEGUN : null, attempts, isUnreported }),
    );

  it('the same event again changes nothing', () => {
    fc.assert(
      fc.property(device, name, (before, event) => {
        fc.pre(event !== 'loses its connection');
        const once = applyEvent(before, EVENTS[event], constants);
        if (once) expect(applyEvent(once.device, EVENTS[event], constants)).toBeNull();
      }),
      { numRuns: 500 },
    );
  });

  it('what a change adds to the counters is what leaves one and enters another', () => {
    const columnOf = ({ state: is }: RolloutDevice) => ({
      confirmed: Number(is === 'confirmed'),
      bad: Number(is === 'failed' || is === 'silent'),
      released: Number(is === 'released'),
      excused: Number(is === 'excused'),
    });
    fc.assert(
      fc.property(device, name, (before, event) => {
        const change = applyEvent(before, EVENTS[event], constants);
        if (!change) return;
        const [was, is] = [columnOf(before), columnOf(change.device)];
        for (const counter of ['confirmed', 'bad', 'released', 'excused'] as const)
          expect(change.deltas[counter]).toBe(is[counter] - was[counter]);
        const touches = before.state !== change.device.state && (was.bad > 0 || is.bad > 0);
        expect(change.affectsFailures).toBe(touches);
      }),
      { numRuns: 500 },
    );
  });

  it('the order of what a device reports does not matter, nor how often it is heard', () => {
    const reports = ['downloads', 'installs', 'succeeds', 'rolls back', 'runs the firmware'] as const;
    fc.assert(
      fc.property(
        fc.subarray([...reports], { minLength: 1 }).chain((some) => {
          const again = fc.shuffledSubarray([...some, ...some], { minLength: some.length });
          return fc.tuple(
            again.filter((all) => some.every((one) => all.includes(one))),
            fc.constant(some),
          );
        }),
        ([shuffled, inOrder]) => {
          const end = (names: readonly EventName[]) =>
            names.reduce(
              (now, event) => applyEvent(now, EVENTS[event], constants)?.device ?? now,
              aDevice('pending'),
            ).state;
          expect(end(shuffled)).toBe(end(inOrder));
        },
      ),
    );
  });
});
