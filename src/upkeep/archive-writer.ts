import { createHash } from 'node:crypto';
import { Readable, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { pack } from 'tar-stream';
import { MANIFEST, MANIFEST_HASH, type ArchiveManifest, type ArchivePart } from './archive-manifest.js';

const MODE = 0o600;

/** Writes an archive: a tar whose parts are hashed on the way. */
export class ArchiveWriter {
  readonly parts: ArchivePart[] = [];
  private readonly tar = pack();
  private readonly written: Promise<void>;
  /** Fails as soon as nothing can be written any more; a part would wait for ever. */
  private readonly broken: Promise<never>;

  constructor(
    target: Writable,
    /** @param written bytes so far */
    private readonly onPart: (name: string, written: number) => void,
  ) {
    this.written = pipeline(this.tar, target);
    this.broken = this.written.then(() => new Promise<never>(() => undefined));
    this.broken.catch(() => undefined);
  }

  /** @param bytes as many as `size` says, or it fails */
  async add(name: string, size: number, bytes: AsyncIterable<Buffer>): Promise<ArchivePart> {
    this.onPart(
      name,
      this.parts.reduce((sum, part) => sum + part.size, 0),
    );
    const hash = createHash('sha256');
    const entry = this.tar.entry({ name, size, mode: MODE });
    await Promise.race([
      pipeline(Readable.from(hashing(bytes, hash), { objectMode: false }), entry),
      this.broken,
    ]);
    const part = { name, size, sha256: hash.digest('hex') };
    this.parts.push(part);
    return part;
  }

  addBytes(name: string, bytes: Buffer): Promise<ArchivePart> {
    return this.add(name, bytes.length, Readable.from([bytes]));
  }

  async finish(manifest: Omit<ArchiveManifest, 'parts'>): Promise<void> {
    const text = JSON.stringify({ ...manifest, parts: [...this.parts] }, null, 2);
    const { sha256 } = await this.addBytes(MANIFEST, Buffer.from(text));
    await this.addBytes(MANIFEST_HASH, Buffer.from(`${sha256}\n`));
    this.tar.finalize();
    await this.written;
  }

  /** Nothing more is written. */
  abort(): void {
    this.tar.destroy();
  }
}

async function* hashing(
  bytes: AsyncIterable<Buffer>,
  hash: { update(chunk: Buffer): unknown },
): AsyncGenerator<Buffer> {
  for await (const chunk of bytes) {
    hash.update(chunk);
    yield chunk;
  }
}
