import { resourceOf, spaceOf, SURFACE } from './surface.js';

describe('the URL space', () => {
  it.each([
    ['/api/ota/check', 'device'],
    ['/api/ota', 'device'],
    ['/api/ota/admin', 'admin'],
    ['/api/ota/admin/firmware/1', 'admin'],
    ['/api/ota/administration', 'device'],
    ['/api/otaku', 'other'],
    ['/api/auth/login', 'auth'],
    ['/API/AUTH/login', 'other'],
    ['/health/', 'health'],
    ['/healthy', 'other'],
    ['/metrics', 'metrics'],
    ['/docs/openapi.json', 'docs'],
    ['/', 'other'],
    ['/devices', 'other'],
    ['/assets/main.js', 'assets'],
    ['*', 'other'],
    ['', 'other'],
  ])('of %j is %s', (path, name) => {
    expect(spaceOf(path).name).toBe(name);
  });

  it.each([
    ['/api/ota/check', '/api/ota/check'],
    ['/api/ota/admin/store/clean', '/api/ota/admin/store'],
    ['/api/ota/admin/firmware/:firmware_id', '/api/ota/admin/firmware'],
    ['/things/:id', '/things'],
    ['/', '/'],
  ])('has in %s a route about %s', (route, resource) => {
    expect(resourceOf(route)).toBe(resource);
  });

  it('is found before one that it is within', () => {
    for (const space of SURFACE) expect(spaceOf(`${space.path}/x`)).toBe(space);
  });
});
