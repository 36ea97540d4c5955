import {
  EVENT_KINDS,
  EVENT_TYPES,
  isEventKind,
  isEventSelector,
  isInMasses,
  isSelected,
  kindOf,
  type EventType,
} from './event-types.js';

const TYPES = Object.keys(EVENT_TYPES) as EventType[];

describe('the types of events', () => {
  it.each(TYPES)('%s has a kind that there is, and a sentence', (type) => {
    expect(EVENT_KINDS).toContain(kindOf(type));
    expect(EVENT_TYPES[type]).toMatch(/^[A-Z].*\.$/);
    expect(type.length).toBeLessThanOrEqual(50);
  });

  it('come in masses only where devices cause them without being asked', () => {
    const masses = TYPES.filter(isInMasses);
    expect(masses.filter((type) => kindOf(type) !== 'attempt')).toEqual([
      'device.new',
      'device.version_changed',
    ]);
  });
});

describe('what somebody chooses', () => {
  it.each([
    [['firmware'], 'firmware.released', true],
    [['firmware.released'], 'firmware.released', true],
    [['firmware.purged', 'device'], 'firmware.released', false],
    [['attempt'], 'attempt.failed', true],
    [[], 'attempt.failed', false],
  ] as const)('%j takes in %s: %s', (selectors, type, expected) => {
    expect(isSelected(selectors, type)).toBe(expected);
  });

  it.each(['firmware', 'rollout', 'attempt.failed'])('may be %s', (text) => {
    expect(isEventSelector(text)).toBe(true);
  });

  it.each(['', 'firmwares', 'firmware.', 'toString', '__proto__', 'Firmware', 'firmware.*'])(
    'may not be %j',
    (text) => {
      expect(isEventSelector(text)).toBe(false);
      expect(isEventKind(text)).toBe(false);
    },
  );
});
