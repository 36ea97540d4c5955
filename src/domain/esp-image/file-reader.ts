import { createHash } from 'node:crypto';
import type { EspImage, FileReading, ImageVerdict, Signature } from './esp-image.js';
import { FileSampler } from './file-sampler.js';
import { claimsToBeImage, recogniseForeignFile } from './foreign-file.js';
import { walkImage, type Steps, type Trailer, type WalkResult } from './image-walk.js';
import { isSignatureSector, SECTOR_BYTES, SignatureCheck } from './signature-sector.js';

/** Reads the first bytes of the same file once more. @param length bytes */
export type Reread = (length: number) => AsyncIterable<Buffer> | Iterable<Buffer>;

const V1_SIGNATURE_BYTES = 68;

/**
 * Judges a file in one pass, in memory that does not depend on its size. Only the bytes under a Secure Boot v2 signature
 * are read a second time: `node:crypto` verifies a signature only of what it has hashed itself.
 */
export class FileReader {
  private readonly hash = createHash('sha256');
  private readonly sampler = new FileSampler();
  private readonly walk: Steps<WalkResult>;
  private size = 0;
  /** How many bytes the walk wants next. */
  private wanted = 0;
  private result: WalkResult | null = null;

  constructor() {
    const whereIs = (): number => this.size;
    this.walk = walkImage({
      get offset() {
        return whereIs();
      },
      digest: () => this.hash.copy().digest(),
    });
    this.settle(this.walk.next());
  }

  /** Takes the bytes of the file in order, in pieces of any size. They may be overwritten afterwards. */
  push(chunk: Buffer): void {
    this.sampler.push(chunk);
    for (let at = 0; at < chunk.length;) {
      const part = chunk.subarray(at, this.result ? undefined : at + this.wanted);
      this.hash.update(part);
      this.size += part.length;
      at += part.length;
      if (!this.result) this.settle(this.walk.next(part));
    }
  }

  /** @param reread called when the image is signed. Its errors go through */
  async finish(reread: Reread): Promise<FileReading> {
    while (!this.result) this.settle(this.walk.next(Buffer.alloc(0)));
    const { size } = this;
    return { size, hash: this.hash.digest('hex'), verdict: await this.judge(this.result, reread) };
  }

  private settle(step: IteratorResult<number, WalkResult>): void {
    if (step.done) this.result = step.value;
    else this.wanted = step.value;
  }

  private async judge(result: WalkResult, reread: Reread): Promise<ImageVerdict> {
    const sample = this.sampler.sample();
    if (!claimsToBeImage(sample)) {
      const { isRefused, reason } = recogniseForeignFile(sample);
      return isRefused
        ? { kind: 'refused', code: 'IMAGE_NOT_AN_APPLICATION', reason, image: null }
        : { kind: 'unknown', reason };
    }
    if (result.kind === 'broken') return { ...result, kind: 'refused', image: null };
    const { image, trailer, warnings } = result;
    const verdict = await judgeTrailer(image.imageSize, trailer, reread);
    if ('code' in verdict) {
      return { ...verdict, kind: 'refused', image: { ...image, signature: { scheme: 'none' } } };
    }
    return { kind: 'application', image: { ...image, signature: verdict }, warnings };
  }
}

type TrailerFault = Pick<Extract<ImageVerdict, { kind: 'refused' }>, 'code' | 'reason'>;

async function judgeTrailer(
  imageSize: EspImage['imageSize'],
  { bytes, signedHash, isLonger }: Trailer,
  reread: Reread,
): Promise<Signature | TrailerFault> {
  if (bytes.length === 0) return { scheme: 'none' };
  if (!isLonger) {
    if (bytes.length === V1_SIGNATURE_BYTES && bytes.readUInt32LE(0) === 0)
      return { scheme: 'secure-boot-v1' };
    const sectorAt = Math.ceil(imageSize / SECTOR_BYTES) * SECTOR_BYTES;
    const sector = bytes.subarray(sectorAt - imageSize);
    if (isSignatureSector(sector)) return judgeSector(sector, signedHash, reread(sectorAt));
  }
  return {
    code: 'IMAGE_TRAILING_BYTES',
    reason:
      `Behind the image, which ends at byte ${imageSize}, stands something that is no signature; ` +
      'upload build/<project>.bin as the build or espsecure made it.',
  };
}

async function judgeSector(
  sector: Buffer,
  signedHash: Buffer,
  signedBytes: ReturnType<Reread>,
): Promise<Signature | TrailerFault> {
  const check = new SignatureCheck(sector, signedHash);
  for await (const bytes of signedBytes) check.update(bytes);
  const verdict = check.finish();
  if (verdict.kind === 'bad') return { code: verdict.code, reason: verdict.reason };
  return { scheme: 'secure-boot-v2', blocks: verdict.blocks };
}

/** Judges a file that can be read from its start as often as need be. */
export async function readFile(
  read: (length?: number) => AsyncIterable<Buffer> | Iterable<Buffer>,
): Promise<FileReading> {
  const reader = new FileReader();
  for await (const chunk of read()) reader.push(chunk);
  return reader.finish(read);
}
