import { isDeviceType } from './device-type.js';

describe('the name of a kind of device', () => {
  it.each(['sensor', 'scales_bridge_tab5', '0', 'a.b-c', 'a'.repeat(50)])('may be %s', (text) => {
    expect(isDeviceType(text)).toBe(true);
  });
  it.each(['', '.', '..', '-a', '_a', 'a b', 'a/b', 'ä', 'a\n', 'a'.repeat(51)])('may not be %j', (text) => {
    expect(isDeviceType(text)).toBe(false);
  });
});
