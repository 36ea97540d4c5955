import { createHash } from 'node:crypto';
import type { FileReading, ImageVerdict } from './esp-image.js';
import { FileSampler } from './file-sampler.js';
import { claimsToBeImage, judgeForeignFile } from './foreign-file.js';
import { judgeTrailer, type Reread } from './image-trailer.js';
import { walkImage, type Steps, type WalkResult } from './image-walk.js';

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
    if (!claimsToBeImage(sample)) return judgeForeignFile(sample);
    if (result.kind === 'broken') return { ...result, kind: 'refused', image: null };
    const { image, trailer, warnings } = result;
    const verdict = await judgeTrailer(image.imageSize, trailer, sample, reread);
    if ('code' in verdict) {
      return { ...verdict, kind: 'refused', image: { ...image, signature: { scheme: 'none' } } };
    }
    return { kind: 'application', image: { ...image, signature: verdict }, warnings };
  }
}

/** Judges a file that can be read from its start as often as need be. */
export async function readFile(
  read: (length?: number) => AsyncIterable<Buffer> | Iterable<Buffer>,
): Promise<FileReading> {
  const reader = new FileReader();
  for await (const chunk of read()) reader.push(chunk);
  return reader.finish(read);
}
