import { createHash, createVerify, constants, type Hash, type KeyObject, type Verify } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { ecPublicKey, rsaPublicKey, type Curve } from './signing-key.js';

/** A Secure Boot v2 signature stands in a flash sector of its own, behind the image padded to whole sectors. */
export const SECTOR_BYTES = 4096;
const BLOCK_BYTES = 1216;
const MAX_BLOCKS = 3;
const BLOCK_MAGIC = 0xe7;
const CRC_AT = 1196;
const DIGEST_AT = 4;

export type SignatureAlgorithm = 'RSA-3072' | `ECDSA-${Curve}`;

/** One signature that holds for the image before it. */
export interface SignatureBlock {
  readonly algorithm: SignatureAlgorithm;
  /** SHA-256 of the public key as it stands in the block, which is what is burnt into eFuse; lower-case hex. */
  readonly keyDigest: string;
}

export type SignatureErrorCode =
  | 'IMAGE_SIGNATURE_MALFORMED'
  | 'IMAGE_SIGNATURE_CRC_MISMATCH'
  | 'IMAGE_SIGNATURE_DIGEST_MISMATCH'
  | 'IMAGE_SIGNATURE_INVALID';

export type SectorVerdict =
  | { readonly kind: 'signed'; readonly blocks: readonly SignatureBlock[] }
  | { readonly kind: 'bad'; readonly code: SignatureErrorCode; readonly reason: string };

const REASONS: Readonly<Record<SignatureErrorCode, string>> = {
  IMAGE_SIGNATURE_MALFORMED: 'is damaged or of no known kind; sign the image again',
  IMAGE_SIGNATURE_CRC_MISMATCH: 'has a wrong checksum although its signature holds; sign the image again',
  IMAGE_SIGNATURE_DIGEST_MISMATCH: 'was made for other bytes; sign the image that you publish',
  IMAGE_SIGNATURE_INVALID: 'was not made with the key that stands beside it; sign the image again',
};

/** Where the parts of a block lie. @see struct ets_secure_boot_sig_block in esp_rom of ESP-IDF */
interface Layout {
  readonly algorithm: SignatureAlgorithm;
  readonly hash: 'sha256' | 'sha384';
  /** Of the key's bytes. */
  readonly key: readonly [from: number, to: number];
  readonly readKey: (block: Buffer) => KeyObject;
  readonly readSignature: (block: Buffer) => Buffer;
}

const RSA: Layout = {
  algorithm: 'RSA-3072',
  hash: 'sha256',
  key: [36, 812],
  readKey: (block) => rsaPublicKey(reversed(block, 36, 384), reversed(block, 420, 4)),
  readSignature: (block) => reversed(block, 812, 384),
};

/** The curve's id stands before the point; coordinates and signature numbers are little-endian. */
function ecdsa(curve: Curve, bytes: number, hash: Layout['hash'], point: number, signature: number): Layout {
  return {
    algorithm: `ECDSA-${curve}`,
    hash,
    key: [point - 1, signature],
    readKey: (block) =>
      ecPublicKey(curve, reversed(block, point, bytes), reversed(block, point + bytes, bytes)),
    readSignature: (block) =>
      Buffer.concat([reversed(block, signature, bytes), reversed(block, signature + bytes, bytes)]),
  };
}

const P192 = ecdsa('P192', 24, 'sha256', 37, 101);
const P256 = ecdsa('P256', 32, 'sha256', 37, 101);
const P384 = ecdsa('P384', 48, 'sha384', 53, 149);

function layoutOf(block: Buffer): Layout | null {
  if (block[0] !== BLOCK_MAGIC) return null;
  if (block[1] === 2) return RSA;
  if (block[1] !== 3) return null;
  if (block[2] === 1) return block[52] === 3 ? P384 : null;
  return { 1: P192, 2: P256 }[block[36] ?? 0] ?? null;
}

/** Whether these bytes are meant as a signature sector at all. */
export const isSignatureSector = (bytes: Buffer): boolean =>
  bytes.length === SECTOR_BYTES && bytes[0] === BLOCK_MAGIC;

/**
 * Judges the blocks of a sector by the bytes before it, which it must be given once more: `node:crypto` verifies a
 * signature only of what it has hashed itself.
 */
export class SignatureCheck {
  private readonly checks: readonly (BlockCheck | null)[];

  /** @param sha256 of the signed bytes, which is there already */
  constructor(sector: Buffer, sha256: Buffer) {
    this.checks = blocksOf(sector).map((block) => {
      const layout = layoutOf(block);
      return layout && new BlockCheck(block, layout, sha256);
    });
  }

  /** Takes the signed bytes in order. */
  update(bytes: Buffer): void {
    for (const check of this.checks) check?.update(bytes);
  }

  /** A block that does not hold spoils the others. */
  finish(): SectorVerdict {
    const codes = this.checks.map((check) => (check ? check.errorCode() : 'IMAGE_SIGNATURE_MALFORMED'));
    const index = codes.findIndex((code) => code !== null);
    const code = codes[index];
    if (code) return { kind: 'bad', code, reason: `Signature block ${index} ${REASONS[code]}.` };
    return { kind: 'signed', blocks: this.checks.flatMap((check) => check?.signature ?? []) };
  }
}

/** Up to three; the places of those that are not there are 0xFF. */
function blocksOf(sector: Buffer): Buffer[] {
  return Array.from({ length: MAX_BLOCKS }, (_, index) =>
    sector.subarray(index * BLOCK_BYTES, (index + 1) * BLOCK_BYTES),
  ).filter((block) => block.some((byte) => byte !== 0xff));
}

class BlockCheck {
  private readonly sha384: Hash | null;
  private readonly verifier: Verify;

  constructor(
    private readonly block: Buffer,
    private readonly layout: Layout,
    private readonly sha256: Buffer,
  ) {
    this.sha384 = layout.hash === 'sha384' ? createHash('sha384') : null;
    this.verifier = createVerify(layout.hash);
  }

  get signature(): SignatureBlock {
    const key = this.block.subarray(...this.layout.key);
    return {
      algorithm: this.layout.algorithm,
      keyDigest: createHash('sha256').update(key).digest('hex'),
    };
  }

  update(bytes: Buffer): void {
    this.sha384?.update(bytes);
    this.verifier.update(bytes);
  }

  errorCode(): SignatureErrorCode | null {
    const { block } = this;
    const isCrcRight = crc32(block.subarray(0, CRC_AT)) === block.readUInt32LE(CRC_AT);
    const digest = this.sha384?.digest() ?? this.sha256;
    const isOfTheseBytes = digest.equals(block.subarray(DIGEST_AT, DIGEST_AT + digest.length));
    if (isCrcRight && !isOfTheseBytes) return 'IMAGE_SIGNATURE_DIGEST_MISMATCH';
    const isSigned = isOfTheseBytes && this.holds();
    if (!isCrcRight) return isSigned ? 'IMAGE_SIGNATURE_CRC_MISMATCH' : 'IMAGE_SIGNATURE_MALFORMED';
    return isSigned ? null : 'IMAGE_SIGNATURE_INVALID';
  }

  private holds(): boolean {
    const { block, layout } = this;
    try {
      const key = layout.readKey(block);
      return this.verifier.verify(
        layout === RSA
          ? { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 }
          : { key, dsaEncoding: 'ieee-p1363' },
        layout.readSignature(block),
      );
    } catch {
      // OpenSSL takes no key that is none: a point off its curve, an even modulus.
      return false;
    }
  }
}

const reversed = (bytes: Buffer, at: number, length: number): Buffer =>
  Buffer.from(bytes.subarray(at, at + length)).reverse();
