import { isRole, lowerRole, may, ROLES } from './permissions.js';

describe('a role', () => {
  it.each([
    ['viewer', ['viewer']],
    ['operator', ['viewer', 'operator']],
    ['admin', ['viewer', 'operator', 'admin']],
  ] as const)('%s may do what %j may, and nothing else', (role, expected) => {
    expect(ROLES.filter((needed) => may(role, needed))).toEqual(expected);
  });

  it('is limited by another', () => {
    for (const one of ROLES)
      for (const other of ROLES) {
        const lower = lowerRole(one, other);
        expect([one, other]).toContain(lower);
        expect(may(one, lower) && may(other, lower)).toBe(true);
      }
  });

  it.each([
    ['viewer', true],
    ['Admin', false],
    ['', false],
    ['toString', false],
  ])('is known by its name: %j %s', (text, expected) => {
    expect(isRole(text)).toBe(expected);
  });
});
