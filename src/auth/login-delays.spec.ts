import fc from 'fast-check';
import { delayAfter, LoginDelays, type LoginAttempt } from './login-delays.js';

const ADMIN: LoginAttempt = { username: 'admin', network: '192.0.2.1' };
const ELSEWHERE: LoginAttempt = { username: 'admin', network: '198.51.100.1' };

describe('the delay after failed logins', () => {
  let now: number;
  let delays: LoginDelays;
  const fail = (attempt: LoginAttempt, times: number): void => {
    for (let time = 0; time < times; time++) delays.failed(attempt);
  };

  beforeEach(() => {
    now = 1_000_000;
    delays = new LoginDelays(() => now, 100);
  });

  it.each([
    [0, 0],
    [4, 0],
    [5, 1_000],
    [6, 2_000],
    [8, 8_000],
    [11, 60_000],
    [1_000_000, 60_000],
  ])('of a user who failed %d times in a row is %d ms', (failures, delay) => {
    expect(delayAfter(failures, 5)).toBe(delay);
  });

  it('never shrinks with more failures', () => {
    fc.assert(
      fc.property(fc.nat(2_000), fc.nat(2_000), fc.nat(50), (a, b, free) => {
        expect(delayAfter(a + b, free)).toBeGreaterThanOrEqual(delayAfter(a, free));
      }),
    );
  });

  it('passes with time, and begins again from nothing after a right password', () => {
    fail(ADMIN, 6);
    expect(delays.waitOf(ADMIN)).toBe(2_000);
    now += 1_500;
    expect(delays.waitOf(ADMIN)).toBe(500);
    now += 500;
    expect(delays.waitOf(ADMIN)).toBe(0);
    delays.succeeded(ADMIN);
    fail(ADMIN, 4);
    expect(delays.waitOf(ADMIN)).toBe(0);
  });

  it('is not shared by the same user elsewhere', () => {
    fail(ADMIN, 50);
    expect(delays.waitOf(ELSEWHERE)).toBe(0);
  });

  it('holds for a network that guesses at many users, but not for a user who has logged in from there', () => {
    delays.succeeded(ADMIN);
    for (let user = 0; user < 25; user++) delays.failed({ ...ADMIN, username: `user ${user}` });
    expect(delays.waitOf({ ...ADMIN, username: 'another' })).toBe(32_000);
    expect(delays.waitOf(ADMIN)).toBe(0);
    expect(delays.waitOf(ELSEWHERE)).toBe(0);
  });

  it('is not paid off for a network by one right password', () => {
    for (let user = 0; user < 25; user++) delays.failed({ ...ADMIN, username: `user ${user}` });
    delays.succeeded(ADMIN);
    expect(delays.waitOf({ ...ADMIN, username: 'another' })).toBe(32_000);
  });

  it('is forgotten an hour after the last failure', () => {
    fail(ADMIN, 20);
    now += 3_600_001;
    fail(ADMIN, 4);
    expect(delays.waitOf(ADMIN)).toBe(0);
  });

  it('tells apart names and networks whatever characters they hold', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.string(), fc.string(), (a, b, c, d) => {
        fc.pre(a !== c || b !== d);
        const fresh = new LoginDelays(() => now, 100);
        for (let time = 0; time < 6; time++) fresh.failed({ username: a, network: b });
        expect(fresh.waitOf({ username: a, network: b })).toBe(2_000);
        expect(fresh.waitOf({ username: c, network: d })).toBe(0);
      }),
    );
  });
});
