import { createHash, createPublicKey, type KeyObject } from 'node:crypto';

/** Curves that Secure Boot v2 knows. */
export type Curve = 'P192' | 'P256' | 'P384';

const CURVES: Readonly<Record<string, { curve: Curve; id: number; bytes: number; oid: string }>> = {
  prime192v1: { curve: 'P192', id: 1, bytes: 24, oid: '06082a8648ce3d030101' },
  prime256v1: { curve: 'P256', id: 2, bytes: 32, oid: '06082a8648ce3d030107' },
  secp384r1: { curve: 'P384', id: 3, bytes: 48, oid: '06052b81040022' },
};
const EC_PUBLIC_KEY = '06072a8648ce3d0201';
/** Room for a point in a signature block of P-192 or P-256. */
const SMALL_POINT_BYTES = 64;
const RSA_BITS = 3072;

/** @param modulus big-endian, as is `exponent`. @throws Error of OpenSSL when they are no key */
export function rsaPublicKey(modulus: Buffer, exponent: Buffer): KeyObject {
  const jwk = { kty: 'RSA', n: modulus.toString('base64url'), e: exponent.toString('base64url') };
  return createPublicKey({ key: jwk, format: 'jwk' });
}

/** @param x big-endian, as is `y`. @throws Error of OpenSSL when the point is not on the curve */
export function ecPublicKey(curve: Curve, x: Buffer, y: Buffer): KeyObject {
  const { oid } = Object.values(CURVES).find((known) => known.curve === curve) ?? { oid: '' };
  // SubjectPublicKeyInfo, RFC 5480 §2: JWK does not know P-192.
  const algorithm = der(0x30, Buffer.from(EC_PUBLIC_KEY + oid, 'hex'));
  const point = der(0x03, Buffer.concat([Buffer.of(0, 4), x, y]));
  const key = der(0x30, Buffer.concat([algorithm, point]));
  return createPublicKey({ key, format: 'der', type: 'spki' });
}

/** Every length here is below 128. */
const der = (tag: number, content: Buffer): Buffer =>
  Buffer.concat([Buffer.of(tag, content.length), content]);

/** The command that writes a digest, as esptool 4 and 5 and as ESP-IDF 6 spell it. */
export const DIGEST_COMMANDS = 'espsecure.py digest_sbv2_public_key (or espsecure digest-sbv2-public-key)';
const DIGEST_BYTES = 32;

/**
 * What {@link DIGEST_COMMANDS} writes and a device has in its eFuses.
 * @returns lower-case hex; null when Secure Boot v2 cannot use such a key
 */
export function keyDigest(key: KeyObject): string | null {
  const bytes = key.asymmetricKeyType === 'rsa' ? rsaKeyBytes(key) : ecKeyBytes(key);
  return bytes && createHash('sha256').update(bytes).digest('hex');
}

/**
 * @param bytes of a file with a public key in PEM, or with the bare digest
 * @returns as {@link keyDigest}. @throws Error when it is neither, or holds a private key
 */
export function keyDigestOfFile(bytes: Buffer): string {
  if (bytes.length === DIGEST_BYTES) return bytes.toString('hex');
  const text = bytes.toString('latin1');
  if (/^\s*[0-9a-f]{64}\s*$/i.test(text)) return text.trim().toLowerCase();
  if (text.includes('PRIVATE KEY-----')) {
    throw new Error(
      'it holds a private key, which should not lie on this server: whoever reads it can sign images. Move it away, and ' +
        'name its public key (espsecure.py extract_public_key or espsecure extract-public-key) or its digest here',
    );
  }
  const digest = keyDigest(createPublicKey(text));
  if (digest === null) throw new Error('it must be RSA-3072 or ECDSA P-192, P-256 or P-384');
  return digest;
}

/** n, e, R² mod n and -n⁻¹ mod 2³², all little-endian, as the ROM's RSA hardware takes them. */
function rsaKeyBytes(key: KeyObject): Buffer | null {
  if (key.asymmetricKeyDetails?.modulusLength !== RSA_BITS) return null;
  const { n = '' } = key.export({ format: 'jwk' });
  const modulus = BigInt(`0x${Buffer.from(n, 'base64url').toString('hex')}`);
  const exponent = key.asymmetricKeyDetails.publicExponent ?? 0n;
  const word = 1n << 32n;
  let inverse = 1n;
  for (let bits = 1; bits < 32; bits *= 2) inverse = (inverse * (2n - modulus * inverse)) % word;
  return Buffer.concat([
    littleEndian(modulus, RSA_BITS / 8),
    littleEndian(exponent, 4),
    littleEndian((1n << BigInt(2 * RSA_BITS)) % modulus, RSA_BITS / 8),
    littleEndian(((-inverse % word) + word) % word, 4),
  ]);
}

function ecKeyBytes(key: KeyObject): Buffer | null {
  const curve = CURVES[key.asymmetricKeyDetails?.namedCurve ?? ''];
  if (!curve) return null;
  const spki = key.export({ format: 'der', type: 'spki' });
  const point = spki.subarray(-2 * curve.bytes);
  const coordinates = [point.subarray(0, curve.bytes), point.subarray(curve.bytes)];
  const bytes = Buffer.alloc(1 + Math.max(SMALL_POINT_BYTES, 2 * curve.bytes));
  bytes[0] = curve.id;
  Buffer.concat(coordinates.map((part) => Buffer.from(part).reverse())).copy(bytes, 1);
  return bytes;
}

function littleEndian(value: bigint, length: number): Buffer {
  return Buffer.from(value.toString(16).padStart(2 * length, '0'), 'hex').reverse();
}
