import {
  constants,
  createHash,
  createPublicKey,
  generateKeyPairSync,
  verify,
  type KeyObject,
} from 'node:crypto';
import { crc32 } from 'node:zlib';
import { anEspImage } from './esp-image-builder.js';
import { flipBit } from './esp-image-defects.js';
import { keyDigest, signatureSector, withBlockCrc } from './esp-image-signature.js';
import { image as realImage } from './http-client.js';
import { rsaKey as rsa } from './rsa-key.js';

const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest();

describe('A signature sector', () => {
  const ec = (namedCurve: string) => generateKeyPairSync('ec', { namedCurve });
  const p192 = ec('prime192v1');
  const p256 = ec('prime256v1');
  const p384 = ec('secp384r1');
  const reversed = (bytes: Buffer) => Buffer.from(bytes).reverse();
  const sectorOf = (image: Buffer) => image.subarray(-4096);
  const crcIsRight = (block: Buffer) => crc32(block.subarray(0, 1196)) === block.readUInt32LE(1196);

  it('of the real tools has the digest of its image and of its key, and the numbers the RSA hardware wants', async () => {
    const real = await realImage('demo_sensor-1.2.3-esp32c3-sbv2-rsa.bin');
    const block = sectorOf(real);
    const jwk = { kty: 'RSA', n: block.subarray(36, 420), e: block.subarray(420, 424) };
    const key = createPublicKey({
      format: 'jwk',
      key: {
        ...jwk,
        n: reversed(jwk.n).toString('base64url'),
        e: reversed(jwk.e).toString('base64url'),
      },
    });
    expect(keyDigest(key)).toEqual(sha256(block.subarray(36, 812)));

    const ours = signatureSector(real.subarray(0, -4096), [rsa.privateKey]);
    expect(ours.subarray(0, 36)).toEqual(block.subarray(0, 36));
    expect(ours.subarray(1200)).toEqual(block.subarray(1200));
    expect(crcIsRight(block)).toBe(true);
  });

  it('follows the image padded to 4096 bytes of 0xFF', () => {
    const plain = anEspImage().build();
    const signed = anEspImage().signedWith(rsa.privateKey).build();
    expect(signed.length).toBe(Math.ceil(plain.length / 4096) * 4096 + 4096);
    expect(signed.subarray(0, plain.length).equals(plain)).toBe(true);
    expect(new Set(signed.subarray(plain.length, -4096))).toEqual(new Set([0xff]));
  });

  it('has an RSA block whose signature the key verifies', () => {
    const image = anEspImage().signedWith(rsa.privateKey).build();
    const signed = image.subarray(0, -4096);
    const block = sectorOf(image).subarray(0, 1216);
    expect([...block.subarray(0, 4)]).toEqual([0xe7, 2, 0, 0]);
    expect(block.subarray(4, 36)).toEqual(sha256(signed));
    expect(keyDigest(rsa.publicKey)).toEqual(sha256(block.subarray(36, 812)));
    expect(crcIsRight(block)).toBe(true);
    const pss = { key: rsa.publicKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 };
    expect(verify('sha256', signed, pss, reversed(block.subarray(812, 1196)))).toBe(true);
    expect(sectorOf(image).subarray(1216)).toEqual(Buffer.alloc(4096 - 1216, 0xff));
  });

  it.each([
    ['P-192', p192, 1, 24, 64, 'sha256'],
    ['P-256', p256, 2, 32, 64, 'sha256'],
    ['P-384', p384, 3, 48, 96, 'sha384'],
  ] as const)('has a %s block whose signature the key verifies', (_name, key, id, length, field, hash) => {
    const image = anEspImage().signedWith(key.privateKey).build();
    const signed = image.subarray(0, -4096);
    const block = sectorOf(image).subarray(0, 1216);
    const digest = createHash(hash).update(signed).digest();
    expect([...block.subarray(0, 4)]).toEqual([0xe7, 3, hash === 'sha384' ? 1 : 0, 0]);
    expect(block.subarray(4, 4 + digest.length)).toEqual(digest);

    const struct = 4 + digest.length;
    const pair = (offset: number) =>
      Buffer.concat([
        reversed(block.subarray(offset, offset + length)),
        reversed(block.subarray(offset + length, offset + 2 * length)),
      ]);
    expect(block.readUInt8(struct)).toBe(id);
    expect(pair(struct + 1)).toEqual(pointOf(key.publicKey, length));
    expect(keyDigest(key.publicKey)).toEqual(sha256(block.subarray(struct, struct + 1 + field)));
    const signature = pair(struct + 1 + field);
    expect(verify(hash, signed, { key: key.publicKey, dsaEncoding: 'ieee-p1363' }, signature)).toBe(true);
    expect(new Set(block.subarray(struct + 1 + field + 2 * length, 1196))).toEqual(new Set([0]));
    expect(crcIsRight(block)).toBe(true);
  });

  /** From the uncompressed point that ends the key's DER. */
  const pointOf = (key: KeyObject, length: number) =>
    key.export({ type: 'spki', format: 'der' }).subarray(-2 * length);

  it('has a block for each of up to three keys', () => {
    const keys = [rsa.privateKey, p256.privateKey, p192.privateKey];
    const sector = sectorOf(anEspImage().signedWith(keys).build());
    expect([0, 1216, 2432].map((offset) => sector.readUInt8(offset + 1))).toEqual([2, 3, 3]);
    expect([0, 1216, 2432].every((offset) => crcIsRight(sector.subarray(offset, offset + 1216)))).toBe(true);
    expect(sector.subarray(3648)).toEqual(Buffer.alloc(448, 0xff));
    expect(() => anEspImage().signedWith([]).build()).toThrow(RangeError);
    expect(() =>
      anEspImage()
        .signedWith([...keys, p384.privateKey])
        .build(),
    ).toThrow(RangeError);
  });

  it('can be that of another image, and keep a right CRC over what was damaged', () => {
    const other = signatureSector(anEspImage().seed('other').build(), [p256.privateKey]);
    expect(crcIsRight(other)).toBe(true);
    expect(crcIsRight(flipBit(other, 1000))).toBe(false);
    expect(crcIsRight(withBlockCrc(flipBit(other, 1000), 0))).toBe(true);
  });

  it('is not what Secure Boot v1 has: 68 bytes behind the image', () => {
    const plain = anEspImage().build();
    const image = anEspImage().signedV1(p256.privateKey).build();
    expect(image.length).toBe(plain.length + 68);
    expect(image.readUInt32LE(plain.length)).toBe(0);
    const key = { key: p256.publicKey, dsaEncoding: 'ieee-p1363' } as const;
    expect(verify('sha256', plain, key, image.subarray(-64))).toBe(true);
  });
});
