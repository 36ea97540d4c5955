import { postgresUrlError } from './postgres-url.js';

describe('the URL of a database', () => {
  it.each([
    'postgres://db/ota',
    'postgresql://u:p@db:5432/ota',
    'postgres://u:p%2Cq@db:5432/ota?sslmode=require',
    'postgres://u:p,q@db:5432/ota',
    'postgres://u:p@[::1]:5432/ota',
  ])('may be %s', (url) => {
    expect(postgresUrlError('DATABASE_URL', url)).toBeNull();
  });

  it.each(['mysql://root:hunter2@db/ota', 'db:5432', 'postgres://u:p@db:port/ota'])(
    'may not be %s',
    (url) => {
      expect(postgresUrlError('DATABASE_URL', url)).toBe(
        'DATABASE_URL must look like postgres://user:password@host:5432/database.',
      );
    },
  );

  it.each([
    'postgres://u:hunter2@one:5432,two:5432/ota',
    'postgres://u:hunter2@one,two:5432/ota',
    'postgresql://one,two,three/ota?target_session_attrs=read-write',
    'postgres://u:hunter2@/ota?host=one,two&port=5432,5433',
    'postgres://one:1,two:2',
  ])('says of %s what to do instead, and no password', (url) => {
    const error = postgresUrlError('DATABASE_DIRECT_URL', url);
    expect(error).toMatch(
      /^DATABASE_DIRECT_URL names several hosts.*Name one that always leads to the primary: /,
    );
    expect(error).not.toContain('hunter2');
  });
});
