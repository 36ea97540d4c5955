import { Inject, Injectable, Logger, type BeforeApplicationShutdown } from '@nestjs/common';
import type { Readable } from 'node:stream';
import { APP_CONFIG, type AppConfig } from '../config/app-config.js';
import { PeriodicTasks } from '../database/periodic-tasks.js';
import type { ByteRange } from '../domain/byte-range.js';
import { DomainError } from '../domain/errors.js';
import { FirmwareStore, type FileState } from './firmware-store.js';
import { hashOf } from './hash-of.js';
import { ImageCache } from './image-cache.js';

/** What identifies a file and how it should be. */
export interface RegisteredFile {
  /** Of the firmware. */
  readonly id: number;
  /** Relative to the store. */
  readonly binaryPath: string;
  /** Bytes. */
  readonly fileSize: number;
  /** SHA-256, lower-case hex. */
  readonly fileHash: string;
}

/** A file whose bytes are those of its hash: in memory, or read from the store a range at a time. */
export interface AcquiredFile {
  readonly content: Buffer | ((range: ByteRange) => Promise<Readable>);
  /** The caller must call it once. */
  readonly release: () => void;
}

/** Hears of a file that was found damaged or missing, and when it is whole again. */
export type DamageListener = (id: number, isDamaged: boolean) => void;

/**
 * Storage can corrupt files silently: a stored file is compared with its hash before it is served for the first time, and
 * again whenever it looks changed. One that is damaged is not served until it is whole again.
 */
@Injectable()
export class VerifiedFiles implements BeforeApplicationShutdown {
  private readonly logger = new Logger('VerifiedFiles');
  private readonly images: ImageCache<RegisteredFile>;
  /** How the file of an id looked when it was found whole. */
  private readonly whole = new Map<number, string>();
  private readonly damaged = new Map<number, RegisteredFile>();
  private readonly running = new Map<number, Promise<void>>();
  private readonly listeners: DamageListener[] = [];

  constructor(
    @Inject(APP_CONFIG) config: AppConfig,
    private readonly store: FirmwareStore,
    tasks: PeriodicTasks,
  ) {
    tasks.add({
      name: 'Verifying damaged files again',
      everyMs: config.limits.catalogRefreshMs,
      run: () => this.verifyDamaged(),
    });
    this.images = new ImageCache(config.imageCacheBytes, (file) => this.load(file));
  }

  async beforeApplicationShutdown(): Promise<void> {
    await Promise.allSettled(this.running.values());
  }

  /** To be called before the application has started. */
  onDamage(listener: DamageListener): void {
    this.listeners.push(listener);
  }

  /** @returns null when it is not in memory now, or not to be served from there: ask {@link acquire} */
  acquireLoaded(file: RegisteredFile): AcquiredFile | null {
    const image = this.damaged.has(file.id) ? null : this.images.acquireLoaded(file);
    return image && { content: image.bytes, release: image.release };
  }

  /**
   * A first look reads the file once, into memory where it finds room.
   * @returns null when it is not in the store
   * @throws DomainError FIRMWARE_FILE_DAMAGED, STORE_UNAVAILABLE
   */
  async acquire(file: RegisteredFile): Promise<AcquiredFile | null> {
    const image = this.damaged.has(file.id) ? null : await this.images.acquire(file);
    if (image) return { content: image.bytes, release: image.release };
    const state = await this.store.stat(file.binaryPath);
    if (!state) return null;
    if (!this.isKnown(file, state)) await this.verify(file);
    return { content: (range) => this.readRange(file, range), release: () => undefined };
  }

  /** Whether this process has compared the file with its hash, and has heard of no damage since. */
  isKnownWhole({ id }: RegisteredFile): boolean {
    return this.whole.has(id) && !this.damaged.has(id);
  }

  /**
   * Compares the file with its hash unless that was done before.
   * @returns false when it is not in the store
   * @throws DomainError FIRMWARE_FILE_DAMAGED, STORE_UNAVAILABLE
   */
  async verifyOnce(file: RegisteredFile): Promise<boolean> {
    if (this.isKnownWhole(file)) return true;
    if (!(await this.store.stat(file.binaryPath))) return false;
    await this.verify(file);
    return true;
  }

  /**
   * Reads the file and compares it with its hash, once for all who ask meanwhile.
   * @throws DomainError FIRMWARE_FILE_DAMAGED, also when it is missing; STORE_UNAVAILABLE
   */
  verify(file: RegisteredFile): Promise<void> {
    const { id } = file;
    let check = this.running.get(id);
    if (!check) {
      check = this.verifyNow(file).finally(() => this.running.delete(id));
      this.running.set(id, check);
    }
    return check;
  }

  /** What was restored from a backup is served and offered again. */
  private async verifyDamaged(): Promise<void> {
    await Promise.allSettled(Array.from(this.damaged.values(), (file) => this.verify(file)));
  }

  private async verifyNow(file: RegisteredFile): Promise<void> {
    if (!(await this.compare(file))) throw this.markDamaged(file, false);
  }

  private async load(file: RegisteredFile): Promise<Buffer | null> {
    const bytes = Buffer.allocUnsafeSlow(file.fileSize);
    return (await this.compare(file, bytes)) ? bytes : null;
  }

  /**
   * @param into keeps the bytes
   * @returns whether it is there
   * @throws DomainError FIRMWARE_FILE_DAMAGED, STORE_UNAVAILABLE
   */
  private async compare(file: RegisteredFile, into?: Buffer): Promise<boolean> {
    const stored = await this.store.read(file.binaryPath);
    if (!stored) return false;
    const { size, look, bytes } = stored;
    const isWhole = size === file.fileSize && (await hashOf(bytes, into)) === file.fileHash;
    bytes.destroy();
    if (!isWhole) throw this.markDamaged(file, true);
    this.markWhole(file, look);
    return true;
  }

  private isKnown({ id }: RegisteredFile, { look }: FileState): boolean {
    return this.whole.get(id) === look;
  }

  private async readRange(file: RegisteredFile, range: ByteRange): Promise<Readable> {
    const stored = await this.store.read(file.binaryPath, range);
    if (stored && this.isKnown(file, stored)) return stored.bytes;
    stored?.bytes.destroy();
    throw new DomainError('STORE_UNAVAILABLE', 'The stored file was changed while it was to be read.');
  }

  private markWhole({ id }: RegisteredFile, look: string): void {
    this.whole.set(id, look);
    if (!this.damaged.delete(id)) return;
    this.tell(id, false);
    this.logger.log(`Firmware ${id} is whole again and is offered and served as before.`);
  }

  private markDamaged(file: RegisteredFile, isThere: boolean): DomainError {
    const { id, binaryPath } = file;
    if (!this.damaged.has(id)) {
      const how = isThere ? 'is damaged' : 'is not in the store';
      this.logger.error(
        `Firmware ${id} is neither served nor offered: ${binaryPath} ${how}. Restore it from the backup.`,
      );
    }
    this.whole.delete(id);
    this.damaged.set(id, file);
    this.tell(id, true);
    return new DomainError(
      'FIRMWARE_FILE_DAMAGED',
      `The stored file of firmware ${id} is ${isThere ? 'damaged' : 'missing'}: restore it from the backup.`,
    );
  }

  private tell(id: number, isDamaged: boolean): void {
    for (const listener of this.listeners) listener(id, isDamaged);
  }
}
