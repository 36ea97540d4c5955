import { RecentCheckIns, type DeviceState } from './recent-check-ins.js';

const STATE: DeviceState = {
  deviceId: 1,
  deviceType: 'sensor',
  version: '1.0.0',
  build: 1,
  withheld: null,
  withheldBy: null,
  offeredId: 7,
  said: 99,
};

describe('what the database knows already', () => {
  let recent: RecentCheckIns;
  beforeEach(() => {
    recent = new RecentCheckIns(2, 300);
    recent.written(STATE, 1000);
  });

  it('is nothing once it is cleared', () => {
    recent.clear();
    expect(recent.has(STATE, 1000)).toBe(false);
  });

  it('is something else when another rollout is why nothing is offered', () => {
    const withheld = { ...STATE, offeredId: null, withheld: 'rollout_waiting', withheldBy: 7 } as const;
    recent.written(withheld, 1001);
    expect(recent.has(withheld, 1002)).toBe(true);
    expect(recent.has({ ...withheld, withheldBy: 8 }, 1002)).toBe(false);
    expect(recent.has({ ...withheld, withheld: 'rollout_paused' }, 1002)).toBe(false);
  });

  it('is the same again, for a while', () => {
    expect(recent.has(STATE, 1300)).toBe(true);
    expect(recent.has(STATE, 1301)).toBe(false);
    expect(recent.has({ ...STATE, deviceId: 2 }, 1000)).toBe(false);
  });

  it.each([
    { deviceType: 'lamp' },
    { version: '1.0.1' },
    { build: 2 },
    { offeredId: 8 },
    { offeredId: null },
    { said: 98 },
  ])('is not %j', (change) => {
    expect(recent.has({ ...STATE, ...change }, 1000)).toBe(false);
  });

  it('is what a device said before and does not say again, of the same image', () => {
    const silent = { ...STATE, said: null };
    expect(recent.has(silent, 1100)).toBe(true);
    recent.written(silent, 1200);
    expect(recent.has(STATE, 1300)).toBe(true);
    recent.written({ ...silent, version: '1.0.1' }, 1300);
    recent.written(silent, 1400);
    expect(recent.has(STATE, 1400)).toBe(false);
  });

  it('is not what was written before an attempt ended, even if it is written later', () => {
    recent.attemptEnded(1, 1100);
    expect(recent.has(STATE, 1100)).toBe(false);
    recent.written(STATE, 1050);
    expect(recent.has(STATE, 1100)).toBe(false);
    recent.written(STATE, 1150);
    expect(recent.has(STATE, 1200)).toBe(true);
  });

  it('is nothing that somebody else wrote, until it is written again', () => {
    recent.doubt(1);
    recent.doubt(2);
    expect(recent.has(STATE, 1000)).toBe(false);
    recent.written(STATE, 1100);
    expect(recent.has(STATE, 1200)).toBe(true);
  });

  it('is forgotten for those that came since', () => {
    recent.written({ ...STATE, deviceId: 2 }, 1001);
    recent.written(STATE, 1002);
    recent.written({ ...STATE, deviceId: 3 }, 1003);
    expect([1, 2, 3].map((deviceId) => recent.has({ ...STATE, deviceId }, 1003))).toEqual([
      true,
      false,
      true,
    ]);
  });
});
