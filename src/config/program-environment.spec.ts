import { programEnvironment } from './program-environment.js';

describe('the environment of programs', () => {
  it('holds what a system needs to start them, and nothing else', () => {
    const own = {
      PATH: '/bin',
      TZ: 'UTC',
      ADMIN_PASSWORD: 'secret',
      JWT_SECRET: 'secret',
      PGDATA: '/elsewhere',
      LC_ALL: 'de_DE.UTF-8',
    };
    expect(programEnvironment(own)).toEqual({ PATH: '/bin', TZ: 'UTC', LC_ALL: 'C' });
  });
});
