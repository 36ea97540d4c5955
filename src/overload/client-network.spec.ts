import fc from 'fast-check';
import { clientNetwork } from './client-network.js';

describe('the network that failed logins are counted by', () => {
  it.each([
    ['192.0.2.7', '192.0.2.7'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['::FFFF:c000:207', '192.0.2.7'],
    ['192.0.2.7:50123', '192.0.2.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:0DB8:0001:0002::', '2001:db8:1:2::/64'],
    ['[2001:db8:1:2::1]:443', '2001:db8:1:2::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['unknown', 'unknown'],
    [undefined, ''],
  ])('of %s is %s', (address, network) => {
    expect(clientNetwork(address)).toBe(network);
  });

  it('is the same for all addresses of an IPv6 /64, and another for another /64', () => {
    const group = fc.integer({ min: 1, max: 0xffff }).map((value) => value.toString(16));
    const four = fc.tuple(group, group, group, group);
    fc.assert(
      fc.property(four, four, four, four, (network, host, other, otherHost) => {
        const of = (...groups: string[][]): string => clientNetwork(groups.flat().join(':'));
        expect(of(network, host)).toBe(of(network, otherHost));
        expect(of(network, host) === of(other, host)).toBe(network.join() === other.join());
      }),
    );
  });

  it('is short, whatever a proxy sends', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 10_000 }), (address) => {
        expect(clientNetwork(address).length).toBeLessThanOrEqual(64);
      }),
    );
  });
});
