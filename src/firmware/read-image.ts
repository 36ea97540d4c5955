import type { FileReading } from '../domain/esp-image/esp-image.js';
import { readFile } from '../domain/esp-image/file-reader.js';
import type { FirmwareStore } from '../storage/firmware-store.js';

/**
 * Reads a stored file and judges it.
 * @returns null when there is no such file
 * @throws DomainError STORE_UNAVAILABLE
 */
export async function readImage(store: FirmwareStore, path: string): Promise<FileReading | null> {
  const file = await store.read(path);
  if (!file) return null;
  return readFile((length) => (length === undefined ? file.bytes : firstBytes(store, path, length)));
}

/** What a Secure Boot v2 signature covers is read a second time. */
async function* firstBytes(store: FirmwareStore, path: string, length: number): AsyncGenerator<Buffer> {
  const file = await store.read(path, { start: 0, end: length - 1 });
  if (file) yield* file.bytes as AsyncIterable<Buffer>;
}
