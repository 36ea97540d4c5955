import { isDownloadSignature, signDownload } from './download-signature.js';

const SIGNATURE = '4a0a5df35376be5ca5fe9a0d8e702cc2a39aa4f120b6c70673d23e5ba2e25071';
const grant = { firmwareId: 456, deviceId: 123, expires: 1_700_000_000 };

describe('a signed download', () => {
  it('is HMAC-SHA256 over the three numbers', () => {
    // printf 456:123:1700000000 | openssl dgst -sha256 -hmac secret
    expect(signDownload(grant, 'secret')).toBe(SIGNATURE);
  });

  it('is accepted as made', () => {
    expect(isDownloadSignature(signDownload(grant, 'secret'), grant, 'secret')).toBe(true);
  });

  it.each([
    ['another firmware', { ...grant, firmwareId: 457 }, 'secret'],
    ['another device', { ...grant, deviceId: 124 }, 'secret'],
    ['another time', { ...grant, expires: grant.expires + 1 }, 'secret'],
    ['another secret', grant, 'Secret'],
  ])('is refused for %s', (_what, other, secret) => {
    expect(isDownloadSignature(signDownload(grant, 'secret'), other, secret)).toBe(false);
  });

  it.each(['', 'zz', 'é'.repeat(64), '0'.repeat(64), `${'0'.repeat(64)}zz`])('refuses %j', (signature) => {
    expect(isDownloadSignature(signature, grant, 'secret')).toBe(false);
  });
});
