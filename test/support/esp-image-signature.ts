import { constants, createHash, createPublicKey, sign, type KeyObject } from 'node:crypto';
import { crc32 } from 'node:zlib';

const SECTOR = 4096;
const SIGNATURE_BLOCK_LENGTH = 1216;
const CRC_OFFSET = 1196;
const MAX_BLOCKS = 3;

interface Curve {
  readonly id: number;
  readonly coordinateLength: number;
  /** Bytes of X‖Y, and of r‖s, in the block. */
  readonly fieldLength: number;
  readonly hash: 'sha256' | 'sha384';
}

const CURVES: Readonly<Record<string, Curve>> = {
  prime192v1: { id: 1, coordinateLength: 24, fieldLength: 64, hash: 'sha256' },
  prime256v1: { id: 2, coordinateLength: 32, fieldLength: 64, hash: 'sha256' },
  secp384r1: { id: 3, coordinateLength: 48, fieldLength: 96, hash: 'sha384' },
};

/**
 * Appends a Secure Boot v2 signature sector, `espsecure sign_data --version 2`.
 *
 * @param keys one to three private keys, RSA-3072 or ECDSA on P-192, P-256 or P-384; one block for each, in order.
 */
export function withSignatureSector(image: Buffer, keys: readonly KeyObject[]): Buffer {
  const padded = paddedToSector(image);
  return Buffer.concat([padded, signatureSector(padded, keys)]);
}

/** @param signed what the signatures are of; another image's give a sector that is sound and not of this image. */
export function signatureSector(signed: Buffer, keys: readonly KeyObject[]): Buffer {
  if (keys.length < 1 || keys.length > MAX_BLOCKS)
    throw new RangeError('A signature sector has 1 to 3 blocks.');
  return paddedToSector(Buffer.concat(keys.map((key) => signatureBlock(signed, key))));
}

/** Appends a Secure Boot v1 signature: version 0 and r‖s, big-endian, of an ECDSA P-256 key. */
export function withV1Signature(image: Buffer, key: KeyObject): Buffer {
  return Buffer.concat([image, Buffer.alloc(4), sign('sha256', image, { key, dsaEncoding: 'ieee-p1363' })]);
}

/** @returns a copy in which the signature block that starts at `offset` has the CRC of what it now contains. */
export function withBlockCrc(image: Buffer, offset: number): Buffer {
  const copy = Buffer.from(image);
  copy.writeUInt32LE(crc32(copy.subarray(offset, offset + CRC_OFFSET)), offset + CRC_OFFSET);
  return copy;
}

/** The digest of a public (or private) key that is burnt into eFuses, `espsecure digest_sbv2_public_key`. */
export function keyDigest(key: KeyObject): Buffer {
  return createHash('sha256').update(keyStruct(key)).digest();
}

function signatureBlock(signed: Buffer, key: KeyObject): Buffer {
  const curve = curveOf(key);
  const hash = curve?.hash ?? 'sha256';
  const head = Buffer.from([0xe7, curve ? 3 : 2, hash === 'sha384' ? 1 : 0, 0]);
  const digest = createHash(hash).update(signed).digest();
  const signature = curve ? ecdsaSignature(signed, key, curve) : rsaSignature(signed, key);
  const block = Buffer.alloc(SIGNATURE_BLOCK_LENGTH);
  Buffer.concat([head, digest, keyStruct(key), signature]).copy(block);
  return withBlockCrc(block, 0);
}

function rsaSignature(signed: Buffer, key: KeyObject): Buffer {
  return sign('sha256', signed, { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 }).reverse();
}

function ecdsaSignature(signed: Buffer, key: KeyObject, curve: Curve): Buffer {
  return littleEndianPair(sign(curve.hash, signed, { key, dsaEncoding: 'ieee-p1363' }), curve);
}

function keyStruct(key: KeyObject): Buffer {
  const publicKey = key.type === 'public' ? key : createPublicKey(key);
  const curve = curveOf(publicKey);
  return curve ? ecdsaKeyStruct(publicKey, curve) : rsaKeyStruct(publicKey);
}

/** `ets_rsa_pubkey_t`: n, e, and what the RSA hardware wants to be told, R² mod n and -1/n mod 2³², R being 2³⁰⁷². */
function rsaKeyStruct(publicKey: KeyObject): Buffer {
  const { n, e } = publicKey.export({ format: 'jwk' });
  const modulus = fromBase64Url(n!);
  return Buffer.concat([
    littleEndian(modulus, 384),
    littleEndian(fromBase64Url(e!), 4),
    littleEndian((1n << 6144n) % modulus, 384),
    littleEndian(2n ** 32n - inverse(modulus, 32), 4),
  ]);
}

/** The curve and X‖Y, which end the DER of a public key whatever the curve. */
function ecdsaKeyStruct(publicKey: KeyObject, curve: Curve): Buffer {
  const der = publicKey.export({ format: 'der', type: 'spki' });
  const point = der.subarray(-2 * curve.coordinateLength);
  return Buffer.concat([Buffer.from([curve.id]), littleEndianPair(point, curve)]);
}

function curveOf(key: KeyObject): Curve | undefined {
  if (key.asymmetricKeyType === 'rsa' && key.asymmetricKeyDetails?.modulusLength === 3072) return undefined;
  const curve = CURVES[key.asymmetricKeyDetails?.namedCurve ?? ''];
  if (!curve) throw new RangeError('Secure Boot v2 takes RSA-3072 and ECDSA on P-192, P-256 and P-384.');
  return curve;
}

/** Two numbers, each turned about, with zeros behind up to the length of the field. */
function littleEndianPair(bigEndianPair: Buffer, { coordinateLength, fieldLength }: Curve): Buffer {
  const field = Buffer.alloc(fieldLength);
  Buffer.from(bigEndianPair.subarray(0, coordinateLength)).reverse().copy(field);
  Buffer.from(bigEndianPair.subarray(coordinateLength)).reverse().copy(field, coordinateLength);
  return field;
}

const fromBase64Url = (text: string): bigint => BigInt(`0x${Buffer.from(text, 'base64url').toString('hex')}`);

const littleEndian = (value: bigint, length: number): Buffer =>
  Buffer.from(value.toString(16).padStart(2 * length, '0'), 'hex').reverse();

/** Of an odd number modulo a power of two; each step doubles the bits that are right (Newton). */
function inverse(odd: bigint, bits: number): bigint {
  let found = 1n;
  for (let right = 1; right < bits; right *= 2) found = BigInt.asUintN(bits, found * (2n - odd * found));
  return found;
}

function paddedToSector(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, Buffer.alloc((SECTOR - (bytes.length % SECTOR)) % SECTOR, 0xff)]);
}
