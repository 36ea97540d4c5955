import { createHash } from 'node:crypto';
import { read } from 'node:fs';
import { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { isNativeError } from 'node:util/types';
import { extract } from 'tar-stream';
import {
  damaged,
  MANIFEST,
  MANIFEST_HASH,
  parseManifest,
  type ArchiveManifest,
  type ArchivePart,
} from './archive-manifest.js';

/** A part while it is read. */
export interface OpenPart {
  readonly name: string;
  readonly bytes: AsyncIterable<Buffer>;
}

const readAt = promisify(read);
const READ_BYTES = 256 * 1024;
/** Of two lines of JSON for each file of a large store. */
const MAX_MANIFEST_BYTES = 256 * 1024 * 1024;

/**
 * The parts of an archive in their order; each is to be read to its end, or not at all, before the next.
 * @param file a descriptor, which stays open
 * @throws DomainError ARCHIVE_DAMAGED when the tar itself is
 */
export async function* openParts(file: number): AsyncGenerator<OpenPart> {
  const tar = extract();
  const source = Readable.from(bytesOf(file), { objectMode: false });
  source.on('error', (error) => {
    tar.destroy(error);
  });
  source.pipe(tar);
  let before = 'its beginning';
  try {
    for await (const entry of tar) {
      const { name, type } = entry.header;
      if (type !== 'file') throw new Error(`${name} is no file`);
      yield { name, bytes: guarded(entry as AsyncIterable<Buffer>, before) };
      entry.resume();
      before = `the part ${name}`;
    }
  } catch (error) {
    throw asDamage(error, before);
  } finally {
    source.destroy();
  }
}

/** A stream of the file system would close the descriptor, which is needed once more. */
async function* bytesOf(file: number): AsyncGenerator<Buffer> {
  for (let position = 0; ;) {
    const { bytesRead, buffer } = await readAt(file, Buffer.allocUnsafe(READ_BYTES), 0, READ_BYTES, position);
    if (bytesRead === 0) return;
    position += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}

/** Errors of the disk, and of what is done with the parts, have codes; those of the tar have none. */
function asDamage(error: unknown, before: string): unknown {
  const isOfTar = isNativeError(error) && !('code' in error);
  return isOfTar ? damaged(`The backup is damaged after ${before}, or not complete.`) : error;
}

async function* guarded(entry: AsyncIterable<Buffer>, before: string): AsyncGenerator<Buffer> {
  try {
    yield* entry;
  } catch (error) {
    throw asDamage(error, before);
  }
}

/**
 * Reads a whole archive and compares each part with its hash.
 * @param onBytes is told how many bytes have been read so far
 * @throws DomainError ARCHIVE_DAMAGED
 */
export async function verifyArchive(
  file: number,
  onBytes: (read: number) => void = () => undefined,
): Promise<ArchiveManifest> {
  const parts: ArchivePart[] = [];
  const last = new Map<string, Buffer>();
  let read = 0;
  for await (const { name, bytes } of openParts(file)) {
    const isLast = name === MANIFEST || name === MANIFEST_HASH;
    const [hash, kept] = [createHash('sha256'), [] as Buffer[]];
    let size = 0;
    for await (const chunk of bytes) {
      hash.update(chunk);
      size += chunk.length;
      if (isLast && size <= MAX_MANIFEST_BYTES) kept.push(chunk);
      onBytes((read += chunk.length));
    }
    parts.push({ name, size, sha256: hash.digest('hex') });
    if (isLast) last.set(name, Buffer.concat(kept));
  }
  return manifestOf(parts, last);
}

function manifestOf(parts: ArchivePart[], last: ReadonlyMap<string, Buffer>): ArchiveManifest {
  const [text, hash] = [last.get(MANIFEST), last.get(MANIFEST_HASH)];
  if (!text || !hash || parts.at(-1)?.name !== MANIFEST_HASH || parts.at(-2)?.name !== MANIFEST)
    throw damaged('The file is not a backup, or not a complete one.');
  if (`${parts.at(-2)?.sha256 ?? ''}\n` !== hash.toString())
    throw damaged(`The part ${MANIFEST} or ${MANIFEST_HASH} of the backup is damaged.`);
  const manifest = parseManifest(text.toString());
  const found = parts.slice(0, -2);
  for (const [index, part] of manifest.parts.entries()) {
    const { name, size, sha256 } = found[index] ?? {};
    if (name !== part.name) throw damaged(`The part ${part.name} of the backup is missing.`);
    if (size !== part.size || sha256 !== part.sha256)
      throw damaged(`The part ${part.name} of the backup is damaged.`);
  }
  if (found.length !== manifest.parts.length) throw damaged('The backup has parts that it should not have.');
  return manifest;
}
