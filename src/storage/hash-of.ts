import { createHash } from 'node:crypto';

/**
 * Reads bytes to their end, a chunk at a time, so that the hashing of one image does not keep other requests waiting.
 * @param into keeps a copy of them; has room for all
 * @returns SHA-256, lower-case hex
 */
export async function hashOf(bytes: AsyncIterable<Buffer>, into?: Buffer): Promise<string> {
  const hash = createHash('sha256');
  let size = 0;
  for await (const chunk of bytes) {
    hash.update(chunk);
    if (into) chunk.copy(into, size);
    size += chunk.length;
  }
  return hash.digest('hex');
}
