import { createHash } from 'node:crypto';
import { Injectable, Logger } from '@nestjs/common';
import { DomainError } from '../../domain/errors.js';
import { FirmwareStore, type StoredFile } from '../store/firmware-store.js';

/** What has to be known of a firmware to tell whether its file is still the one that was registered. */
export interface RegisteredFile {
  readonly id: number;
  /** Relative to the store. */
  readonly binaryPath: string;
  /** Bytes. */
  readonly fileSize: number;
  /** SHA-256, lower-case hex. */
  readonly fileHash: string;
}

interface Verdict {
  readonly fileHash: string;
  /** Of the file that was read, see {@link StoredFile.revision}; null: there was none. */
  readonly revision: string | null;
  readonly isWhole: Promise<boolean>;
}

/**
 * Compares stored files with their registered hash: disks lose bits without saying so. A file is read once after start
 * and again when it was written to or replaced; those who ask meanwhile share that one read.
 */
@Injectable()
export class FileIntegrity {
  private readonly logger = new Logger('FileIntegrity');
  private readonly verdicts = new Map<number, Verdict>();
  private readonly damaged = new Map<number, RegisteredFile>();

  constructor(private readonly store: FirmwareStore) {}

  /**
   * Opens a file that is known to be whole; the caller closes it.
   * @returns null when it is not in the store
   * @throws DomainError FIRMWARE_FILE_DAMAGED, STORE_UNAVAILABLE
   */
  async openWhole(registered: RegisteredFile): Promise<StoredFile | null> {
    const file = await this.store.open(registered.binaryPath);
    if (!file) {
      this.recordMissing(registered);
      return null;
    }
    try {
      if (await this.isWhole(registered, file)) return file;
    } catch (error) {
      await close(file);
      throw error;
    }
    await close(file);
    throw damagedError(registered, 'is not what was registered (its size or its SHA-256 differs)');
  }

  /** Whether the open file is the one that was registered. Reads it only when nobody has since it was last changed. */
  isWhole(registered: RegisteredFile, file: StoredFile): Promise<boolean> {
    const known = this.verdicts.get(registered.id);
    if (known?.fileHash === registered.fileHash && known.revision === file.revision) return known.isWhole;
    return this.judge(registered, file);
  }

  /** Takes the verdict of somebody who has read the whole file anyway. */
  record(registered: RegisteredFile, revision: string | null, isWhole: boolean): void {
    this.verdicts.set(registered.id, verdictOf(registered, revision, Promise.resolve(isWhole)));
    this.mark(registered, isWhole, revision === null ? 'is not in the store' : 'is not what was registered');
  }

  /** Whether any file at all is damaged. */
  get hasDamage(): boolean {
    return this.damaged.size > 0;
  }

  /** Whether the newest look at its file found it damaged or gone. Answers from memory. */
  isDamaged(firmwareId: number): boolean {
    return this.damaged.has(firmwareId);
  }

  /**
   * Reads the file, whatever is known of it, and remembers the verdict.
   * @throws DomainError FIRMWARE_FILE_DAMAGED, also when it is not in the store; STORE_UNAVAILABLE
   */
  async verify(registered: RegisteredFile): Promise<void> {
    const file = await this.store.open(registered.binaryPath);
    if (!file) {
      this.recordMissing(registered);
      throw damagedError(registered, 'is not in the store');
    }
    try {
      if (await this.judge(registered, file)) return;
    } finally {
      await close(file);
    }
    throw damagedError(registered, 'is not what was registered (its size or its SHA-256 differs)');
  }

  /** Looks whether damaged files have been repaired since; reads only those that have changed. */
  async lookAgain(): Promise<void> {
    for (const registered of this.damaged.values()) {
      await this.openWhole(registered).then(
        (file) => file && close(file),
        // Still damaged, or the store is away: what is known stays.
        () => undefined,
      );
    }
  }

  private judge(registered: RegisteredFile, file: StoredFile): Promise<boolean> {
    const verdict = verdictOf(registered, file.revision, this.compare(registered, file));
    this.verdicts.set(registered.id, verdict);
    verdict.isWhole.then(
      (isWhole) => {
        this.mark(registered, isWhole, 'is not what was registered');
      },
      // A disk that cannot be read now says nothing of the file.
      () => {
        if (this.verdicts.get(registered.id) === verdict) this.verdicts.delete(registered.id);
      },
    );
    return verdict.isWhole;
  }

  private async compare(registered: RegisteredFile, file: StoredFile): Promise<boolean> {
    if (file.size !== registered.fileSize) return false;
    const hash = createHash('sha256');
    await this.store.read(file, (chunk) => hash.update(chunk));
    return hash.digest('hex') === registered.fileHash;
  }

  private recordMissing(registered: RegisteredFile): void {
    const known = this.verdicts.get(registered.id);
    if (!this.damaged.has(registered.id) || known?.revision !== null) this.record(registered, null, false);
  }

  private mark(registered: RegisteredFile, isWhole: boolean, fault: string): void {
    const { id, binaryPath } = registered;
    if (isWhole) {
      if (this.damaged.delete(id)) {
        this.logger.log(`Firmware ${id} is offered and served again: ${binaryPath} is repaired.`);
      }
      return;
    }
    this.damaged.set(id, registered);
    this.logger.error(
      `DAMAGED FILE: ${binaryPath} ${fault}. Firmware ${id} is neither offered nor served until the file with the ` +
        `SHA-256 ${registered.fileHash} (${registered.fileSize} bytes) is back in its place.`,
    );
  }
}

const verdictOf = (of: RegisteredFile, revision: string | null, isWhole: Promise<boolean>): Verdict => ({
  fileHash: of.fileHash,
  revision,
  isWhole,
});

function damagedError({ id, binaryPath }: RegisteredFile, fault: string): DomainError {
  return new DomainError(
    'FIRMWARE_FILE_DAMAGED',
    `The stored file of firmware ${id}, ${binaryPath}, ${fault}; it is not served until it is restored.`,
  );
}

async function close({ handle }: StoredFile): Promise<void> {
  await handle.close().catch(() => undefined);
}
