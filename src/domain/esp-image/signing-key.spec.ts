import { createHash, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { rsaKey as rsa } from '../../../test/support/rsa-key.js';
import { keyDigest, keyDigestOfFile } from './signing-key.js';

const pem = (key: KeyObject, type: 'spki' | 'pkcs8'): Buffer =>
  Buffer.from(key.export({ format: 'pem', type }));
const p256 = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });

describe('a key that is trusted', () => {
  it.each([
    ['ECDSA', p256],
    ['RSA', rsa],
  ])('may be named by its public key, %s', (_kind, { publicKey, privateKey }) => {
    const digest = keyDigest(publicKey);
    expect(digest).toMatch(/^[0-9a-f]{64}$/);
    expect(keyDigestOfFile(pem(publicKey, 'spki'))).toBe(digest);
    expect(keyDigest(createPublicKey(privateKey))).toBe(digest);
  });

  it('may be named by the digest that espsecure writes, as bytes or in digits', () => {
    const digest = createHash('sha256').update('a key').digest();
    expect(keyDigestOfFile(digest)).toBe(digest.toString('hex'));
    expect(keyDigestOfFile(Buffer.from(`${digest.toString('hex').toUpperCase()}\n`))).toBe(
      digest.toString('hex'),
    );
  });

  it.each([
    ['PKCS#8', pem(p256.privateKey, 'pkcs8')],
    ['SEC1', Buffer.from(p256.privateKey.export({ format: 'pem', type: 'sec1' }))],
    ['PKCS#1', Buffer.from(rsa.privateKey.export({ format: 'pem', type: 'pkcs1' }))],
    [
      'encrypted',
      Buffer.from(
        p256.privateKey.export({ format: 'pem', type: 'pkcs8', cipher: 'aes-256-cbc', passphrase: 'secret' }),
      ),
    ],
    ['beside its public key', Buffer.concat([pem(rsa.publicKey, 'spki'), pem(rsa.privateKey, 'pkcs8')])],
  ])('is refused with its private half, %s, which should not lie there', (_kind, bytes) => {
    expect(() => keyDigestOfFile(bytes)).toThrow(/private key, which should not lie on this server/);
  });

  it.each([
    ['of another size', generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey],
    ['of another curve', generateKeyPairSync('ec', { namedCurve: 'secp521r1' }).publicKey],
    ['of another kind', generateKeyPairSync('ed25519').publicKey],
  ])('is refused when it is %s', (_kind, key) => {
    expect(() => keyDigestOfFile(pem(key, 'spki'))).toThrow(/RSA-3072 or ECDSA/);
  });

  it.each([31, 33, 0])('is not %i bytes', (length) => {
    expect(() => keyDigestOfFile(Buffer.alloc(length))).toThrow();
  });
});
