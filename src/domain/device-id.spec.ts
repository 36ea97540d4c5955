import { macOf, parseDeviceId } from './device-id.js';

describe('a device id', () => {
  it.each([
    ['123', 123],
    [' 9007199254740991 ', 2 ** 53 - 1],
    ['24:6f:28:03:7e:51', 0x246f28037e51],
    ['24-6F-28-03-7E-51', 0x246f28037e51],
    ['246f28037e51', 0x246f28037e51],
    ['0x246f28037e51', 0x246f28037e51],
    ['123456789012', 123456789012],
  ])('is read from %s', (text, id) => {
    expect(parseDeviceId(text)).toBe(id);
  });

  it.each(['', '0', '-1', '1.5', '9007199254740992', '24:6f:28:03:7e', '24:6f-28:03:7e:51', '0x', 'one'])(
    'is not read from "%s"',
    (text) => {
      expect(parseDeviceId(text)).toBeNull();
    },
  );
});

describe('the MAC address of an id', () => {
  it.each([
    [0x246f28037e51, '24:6f:28:03:7e:51'],
    [0x0007abcdef01, '00:07:ab:cd:ef:01'],
    [900_000_000, null],
    [0x000fabcdef012, '00:fa:bc:de:f0:12'],
    [0x1_00ab_cdef, '00:01:00:ab:cd:ef'],
    [123, null],
    [Number.MAX_SAFE_INTEGER, null],
  ])('%s is %s', (id, mac) => {
    expect(macOf(id)).toBe(mac);
  });
});
