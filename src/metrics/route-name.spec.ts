import { routeName } from './route-name.js';

describe('the route that a request is counted and shed as', () => {
  it.each([
    ['/api/ota/check', 'check'],
    ['/api/ota/check/', 'check'],
    ['/api/ota/check?x=1', 'check'],
    ['http://ota.example.com/api/ota/check', 'check'],
    ['HTTPS://ota.example.com:8443/api/ota/download/1?a=b', 'download'],
    ['http://ota.example.com', 'other'],
    ['/API/OTA/CHECK', 'other'],
    ['/', 'other'],
    ['*', 'other'],
  ])('of %s is %s', (url, name) => {
    expect(routeName(url)).toBe(name);
  });
});
