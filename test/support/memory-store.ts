import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import type { ByteRange } from '../../src/domain/byte-range.js';
import {
  FirmwareStore,
  type FileContent,
  type FileState,
  type ListedFile,
  type StagedFile,
} from '../../src/storage/firmware-store.js';
import { parseBinaryPath } from '../../src/storage/store-path.js';
import { sha256 } from './http-client.js';

interface Kept {
  readonly bytes: Buffer;
  readonly look: string;
  readonly modifiedAt: number;
}

/** A firmware store without folders, which counts what is asked of it. */
export class MemoryStore extends FirmwareStore {
  opens = 0;
  bytesRead = 0;
  private readonly files = new Map<string, Kept>();
  private readonly staged = new Map<string, Buffer>();

  /** Behind the back of the store's users. */
  put(path: string, bytes: Buffer): void {
    this.files.set(path, { bytes, look: randomUUID(), modifiedAt: Date.now() });
  }

  async stage(bytes: AsyncIterable<Buffer>): Promise<StagedFile> {
    const chunks: Buffer[] = [];
    for await (const chunk of bytes) chunks.push(chunk);
    const [whole, token] = [Buffer.concat(chunks), randomUUID()];
    this.staged.set(token, whole);
    return { token, size: whole.length, hash: sha256(whole) };
  }

  readStaged({ token }: Pick<StagedFile, 'token'>, length: number): AsyncIterable<Buffer> {
    return Readable.from([this.staged.get(token)!.subarray(0, length)]);
  }

  discard({ token }: Pick<StagedFile, 'token'>): Promise<void> {
    this.staged.delete(token);
    return Promise.resolve();
  }

  protected publishAs({ token, hash }: StagedFile, path: string): Promise<boolean> {
    const present = this.files.get(path);
    if (!present) this.put(path, this.staged.get(token)!);
    return Promise.resolve(!present || sha256(present.bytes) === hash);
  }

  stat(path: string): Promise<FileState | null> {
    const file = this.find(path);
    return Promise.resolve(file ? { size: file.bytes.length, look: file.look } : null);
  }

  read(path: string, range?: ByteRange): Promise<FileContent | null> {
    const file = this.find(path);
    if (!file) return Promise.resolve(null);
    this.opens += 1;
    const wanted = file.bytes.subarray(range?.start ?? 0, (range?.end ?? Infinity) + 1);
    return Promise.resolve({
      size: file.bytes.length,
      look: file.look,
      bytes: Readable.from(this.counted(wanted)),
    });
  }

  hashOf(path: string): Promise<string | null> {
    const file = this.find(path);
    return Promise.resolve(file ? sha256(file.bytes) : null);
  }

  async *list(): AsyncGenerator<ListedFile> {
    for (const [path, { bytes, look, modifiedAt }] of this.files) {
      yield await Promise.resolve({ path, size: bytes.length, look, modifiedAt });
    }
  }

  remove(path: string): Promise<void> {
    this.files.delete(parseBinaryPath(path) ?? '');
    return Promise.resolve();
  }

  findLeftovers(): Promise<string[]> {
    return Promise.resolve([]);
  }

  clearLeftovers(): Promise<void> {
    return Promise.resolve();
  }

  findError(): Promise<string | null> {
    return Promise.resolve(null);
  }

  findSettingError(): string | null {
    return null;
  }

  private find(path: string): Kept | undefined {
    return this.files.get(parseBinaryPath(path) ?? '');
  }

  private *counted(bytes: Buffer): Generator<Buffer> {
    for (let at = 0; at < bytes.length; at += 65_536) {
      const chunk = bytes.subarray(at, at + 65_536);
      this.bytesRead += chunk.length;
      yield chunk;
    }
  }
}
