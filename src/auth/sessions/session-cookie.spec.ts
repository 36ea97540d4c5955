import fc from 'fast-check';
import { cookieOf, newCookie, readCookie } from './session-cookie.js';

describe('the cookie of a session', () => {
  it('is found again by its hashes', () => {
    const { value, familyHash, refreshHash } = newCookie(null);
    expect(readCookie(value)).toEqual({ familyHash, refreshHash });
    expect(value).toMatch(/^[\w-]{22}\.[\w-]{43}$/);
  });

  it('stays in its family when it changes', () => {
    const first = newCookie(null);
    const second = newCookie(first.value);
    expect(second.familyHash).toEqual(first.familyHash);
    expect(second.refreshHash).not.toEqual(first.refreshHash);
    expect(newCookie(null).familyHash).not.toEqual(first.familyHash);
  });

  it.each(['', '.', 'a.b', `${'a'.repeat(22)}.${'b'.repeat(42)}`, `${'a'.repeat(22)}.${'b'.repeat(43)}\n`])(
    'is not %j',
    (value) => {
      expect(readCookie(value)).toBeNull();
    },
  );

  it.each([
    [undefined, null],
    ['', null],
    ['ota_session=x', 'x'],
    ['a=1; ota_session=x; b=2', 'x'],
    ['a=1;ota_session=x', 'x'],
    ['__Host-ota_session=x', null],
    ['ota_session_=x', null],
    ['ota_session=x; ota_session=y', 'x'],
    ['ota_session', null],
    ['ota_session=', ''],
  ])('in the header %j is %j', (header, expected) => {
    expect(cookieOf(header, 'ota_session')).toBe(expected);
  });

  it('is looked for in any header', () => {
    fc.assert(
      fc.property(fc.string(), (header) => {
        const found = cookieOf(header, 'ota_session');
        if (found !== null) expect(header).toContain(`ota_session=${found}`);
      }),
    );
  });
});
