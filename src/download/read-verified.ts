import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import type { CacheableImage } from './image-cache.js';

/** So that the hashing of one image does not keep other requests waiting. */
const CHUNK_BYTES = 256 * 1024;

/** Reads a whole image into memory of its own. @returns null when the bytes are not those of the hash */
export async function readVerified(file: FileHandle, image: CacheableImage): Promise<Buffer | null> {
  const bytes = Buffer.allocUnsafeSlow(image.fileSize);
  const hash = createHash('sha256');
  for (let size = 0; size < bytes.length;) {
    const length = Math.min(CHUNK_BYTES, bytes.length - size);
    const { bytesRead } = await file.read(bytes, size, length, size);
    if (bytesRead === 0) return null;
    hash.update(bytes.subarray(size, size + bytesRead));
    size += bytesRead;
  }
  return hash.digest('hex') === image.fileHash ? bytes : null;
}
