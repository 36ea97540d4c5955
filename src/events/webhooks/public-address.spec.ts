import { isLinkLocalAddress, isPublicAddress, mayReceive } from './public-address.js';
import { requireWebhookUrl } from './webhook-url.js';

const PRIVATE = [
  ['this machine', '127.0.0.1'],
  ['this machine, in full', '127.255.255.254'],
  ['this machine, version 6', '::1'],
  ['no address', '0.0.0.0'],
  ['no address, version 6', '::'],
  ['a private network', '10.0.0.1'],
  ['a private network', '172.16.0.1'],
  ['a private network', '172.31.255.255'],
  ['a private network', '192.168.1.1'],
  ['a link', '169.254.169.254'],
  ['a link, version 6', 'fe80::1'],
  ['a link with its zone', 'fe80::1%eth0'],
  ['a site', 'fec0::1'],
  ['a unique local network', 'fd00::1'],
  ['a unique local network', 'fc00::1'],
  ["a provider's network", '100.64.0.1'],
  ["a provider's network", '100.127.255.255'],
  ['many', '224.0.0.1'],
  ['many, version 6', 'ff02::1'],
  ['all', '255.255.255.255'],
  ['nobody', '240.0.0.1'],
  ['documentation', '192.0.2.1'],
  ['documentation, version 6', '2001:db8::1'],
  ['a benchmark', '198.18.0.1'],
  ['a mapped address of this machine', '::ffff:127.0.0.1'],
  ['a mapped private address', '::ffff:10.0.0.1'],
  ['a mapped address in digits', '::ffff:a00:1'],
  ['a compatible address', '::7f00:1'],
  ['a translated address', '64:ff9b::7f00:1'],
  ['a tunnel', '2002:7f00:1::1'],
  ['another tunnel', '2001:0:4136:e378::1'],
  ['nothing', ''],
  ['a name', 'localhost'],
] as const;

describe('an address', () => {
  it.each(PRIVATE)('of %s, %s, is not public', (_, address) => {
    expect(isPublicAddress(address)).toBe(false);
  });

  it.each(['1.1.1.1', '93.184.216.34', '172.32.0.1', '100.63.0.1', '2606:4700:4700::1111', '::ffff:1.1.1.1'])(
    '%s is public',
    (address) => {
      expect(isPublicAddress(address)).toBe(true);
    },
  );
});

describe('an address of a link', () => {
  it.each([
    '169.254.169.254',
    '169.254.0.0',
    'fe80::1',
    'febf::1',
    'fe80::1%eth0',
    '::ffff:169.254.169.254',
    '::a9fe:a9fe',
    '64:ff9b::a9fe:a9fe',
    'fd00:ec2::254',
  ])('such as %s never receives anything', (address) => {
    expect(isLinkLocalAddress(address)).toBe(true);
    expect([mayReceive(address, true), mayReceive(address, false)]).toEqual([false, false]);
  });

  it.each(['10.0.0.1', '127.0.0.1', '::1', 'fd00::1', 'fec0::1', '64:ff9b::a00:1'])(
    'is not %s, which receives where private receivers are allowed',
    (address) => {
      expect([mayReceive(address, true), mayReceive(address, false)]).toEqual([true, false]);
    },
  );

  it('is no name', () => {
    expect(isLinkLocalAddress('localhost')).toBe(false);
  });
});

describe('the URL of a webhook', () => {
  it.each([
    'http://127.0.0.1/',
    'http://127.1/',
    'http://2130706433/',
    'http://0x7f000001/',
    'http://0177.0.0.1/',
    'http://017700000001/',
    'http://[::1]:8000/',
    'http://[::ffff:7f00:1]/',
    'http://[0:0:0:0:0:ffff:10.0.0.1]/',
    'http://169.254.169.254/latest/meta-data',
    'http://１２７.０.０.１/',
    'http://user@example.com/',
    'http://user:password@example.com/',
    'ftp://example.com/',
    'file:///etc/passwd',
    'javascript:alert(1)',
    'example.com',
    '',
  ])('may not be %j', (url) => {
    expect(() => requireWebhookUrl(url, false)).toThrow(/URL/);
  });

  it.each([
    ['https://example.com/hook?a=b#part', 'https://example.com/hook?a=b'],
    ['HTTP://Example.com', 'http://example.com/'],
    ['https://1.1.1.1/', 'https://1.1.1.1/'],
  ])('may be %s', (url, kept) => {
    expect(requireWebhookUrl(url, false)).toBe(kept);
  });

  it('may lead to the inside where that is allowed', () => {
    expect(requireWebhookUrl('http://127.0.0.1:9000/', true)).toBe('http://127.0.0.1:9000/');
  });

  it('never leads to a link', () => {
    expect(() => requireWebhookUrl('http://169.254.169.254/latest', true)).toThrow(
      'The URL leads to 169.254.169.254, which is a link-local address.',
    );
  });
});
