import { hex } from './chips.js';
import type { ImageVerdict, Signature } from './esp-image.js';
import type { FileSample } from './file-sampler.js';
import type { Trailer } from './image-walk.js';
import { isSignatureSector, SECTOR_BYTES, SignatureCheck } from './signature-sector.js';

/** Reads the first bytes of the same file once more. @param length bytes */
export type Reread = (length: number) => AsyncIterable<Buffer> | Iterable<Buffer>;

export type TrailerError = Pick<Extract<ImageVerdict, { kind: 'refused' }>, 'code' | 'reason'>;

const V1_SIGNATURE_BYTES = 68;
const UPLOAD_AS_BUILT = 'upload build/<project>.bin as the build or espsecure made it';

/** Judges what stands behind the image: nothing, or a signature. */
export async function judgeTrailer(
  imageSize: number,
  trailer: Trailer,
  sample: FileSample,
  reread: Reread,
): Promise<Signature | TrailerError> {
  const { bytes, signedHash, isLonger } = trailer;
  if (bytes.length === 0) return { scheme: 'none' };
  const padding = paddingError(imageSize, trailer, sample);
  if (padding) return padding;
  if (!isLonger) {
    if (bytes.length === V1_SIGNATURE_BYTES && isV1Signature(bytes)) return { scheme: 'secure-boot-v1' };
    const sectorAt = signatureSectorAt(imageSize);
    const sector = bytes.subarray(sectorAt - imageSize);
    if (isSignatureSector(sector)) return judgeSector(sector, signedHash, reread(sectorAt));
  }
  return {
    code: 'IMAGE_TRAILING_BYTES',
    reason: `The image ends at byte ${imageSize}, and what follows is no signature; ${UPLOAD_AS_BUILT}.`,
  };
}

/** A file that goes on in erased flash, or in zeros, behind the image or its signature: the dump of a slot. */
function paddingError(imageSize: number, trailer: Trailer, { size, tail }: FileSample): TrailerError | null {
  if (tail.byte !== 0xff && tail.byte !== 0) return null;
  const contentEnd = size - tail.length;
  const end = [imageSize, ...signatureEnds(imageSize, trailer)].find((place) => contentEnd <= place);
  if (end === undefined || end >= size) return null;
  const what = end === imageSize ? 'image' : 'signed image';
  return {
    code: 'IMAGE_TRAILING_BYTES',
    reason:
      `The ${what} ends at byte ${end}, and ${size - end} bytes of padding with 0x${hex(tail.byte, 2).toUpperCase()} ` +
      `follow, as in the dump of a slot; ${UPLOAD_AS_BUILT}, or cut the file to its first ${end} bytes.`,
  };
}

/** Where the image would end with the signature that seems to stand behind it. */
function signatureEnds(imageSize: number, { bytes }: Trailer): number[] {
  const ends: number[] = [];
  if (isV1Signature(bytes)) ends.push(imageSize + V1_SIGNATURE_BYTES);
  const sectorAt = signatureSectorAt(imageSize);
  if (isSignatureSector(bytes.subarray(sectorAt - imageSize))) ends.push(sectorAt + SECTOR_BYTES);
  return ends;
}

/** A version number of 0, then two numbers of an ECDSA signature, which are never 0. */
const isV1Signature = (bytes: Buffer): boolean =>
  bytes.length >= V1_SIGNATURE_BYTES &&
  bytes.readUInt32LE(0) === 0 &&
  bytes.subarray(4, V1_SIGNATURE_BYTES).some((byte) => byte !== 0);

const signatureSectorAt = (imageSize: number): number => Math.ceil(imageSize / SECTOR_BYTES) * SECTOR_BYTES;

async function judgeSector(
  sector: Buffer,
  signedHash: Buffer,
  signedBytes: ReturnType<Reread>,
): Promise<Signature | TrailerError> {
  const check = new SignatureCheck(sector, signedHash);
  for await (const bytes of signedBytes) check.update(bytes);
  const verdict = check.finish();
  if (verdict.kind === 'bad') return { code: verdict.code, reason: verdict.reason };
  return { scheme: 'secure-boot-v2', blocks: verdict.blocks };
}
