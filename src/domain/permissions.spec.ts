import { may, ROLES } from './permissions.js';

describe('a role', () => {
  it.each([
    ['viewer', ['viewer']],
    ['operator', ['viewer', 'operator']],
    ['admin', ['viewer', 'operator', 'admin']],
  ] as const)('%s may do what %j may, and nothing else', (role, expected) => {
    expect(ROLES.filter((needed) => may(role, needed))).toEqual(expected);
  });
});
