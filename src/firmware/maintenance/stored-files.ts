import { Logger } from '@nestjs/common';
import { FirmwareStore, type ListedFile } from '../../storage/firmware-store.js';
import { parseBinaryPath } from '../../storage/store-path.js';
import type { FirmwareEntity } from '../firmware.entity.js';
import type { FirmwareRepository } from '../firmware.repository.js';

/** A younger file may be an upload that is about to be registered. */
const YOUNG_MS = 24 * 3600 * 1000;

export interface UnreferencedFile extends ListedFile {
  /** Whether it is old enough to be removed. */
  readonly isRemovable: boolean;
}

export interface StoreReport {
  readonly files: number;
  readonly bytes: number;
  /** Files that no firmware refers to. */
  readonly unreferenced: readonly UnreferencedFile[];
  /** Firmware whose file is not in the store. */
  readonly missing: readonly FirmwareEntity[];
}

/** The files of the store beside the table of firmware. */
export class StoredFiles {
  private readonly logger = new Logger('StoreMaintenance');

  constructor(
    private readonly firmware: FirmwareRepository,
    private readonly store: FirmwareStore,
  ) {}

  /** @throws DomainError STORE_UNAVAILABLE */
  async compare(): Promise<StoreReport> {
    // The files first: one that is registered meanwhile has a row by then.
    const files = await this.list();
    const rows = await this.firmware.findWithFile();
    const [listed, referenced] = [new Set(files.map(({ path }) => path)), pathsOf(rows)];
    const missing: FirmwareEntity[] = [];
    for (const row of rows) {
      const isListed = listed.has(parseBinaryPath(row.binaryPath) ?? '');
      if (!isListed && !(await this.isServed(row))) missing.push(row);
    }
    return {
      files: files.length,
      bytes: bytesOf(files),
      unreferenced: files.filter(({ path }) => !referenced.has(path)).map(withAge),
      missing,
    };
  }

  /** @throws DomainError STORE_UNAVAILABLE */
  async list(): Promise<ListedFile[]> {
    const files: ListedFile[] = [];
    for await (const file of this.store.list()) files.push(file);
    return files;
  }

  /** @returns those that are gone; one that is referred to after all, or has been written to, stays */
  async removeUnreferenced(files: readonly ListedFile[]): Promise<ListedFile[]> {
    const removed: ListedFile[] = [];
    for (const file of files) {
      await this.firmware.ifUnused(file.path, async () => {
        if (!(await this.isUnchanged(file))) return;
        await this.store.remove(file.path);
        removed.push(file);
        this.logger.log(`Removed ${file.path} (${file.size} bytes) from the firmware store.`);
      });
    }
    return removed;
  }

  /** The same bytes may have been uploaded again since the listing, to be registered in a moment. */
  private async isUnchanged({ path, look }: ListedFile): Promise<boolean> {
    return (await this.store.stat(path))?.look === look;
  }

  /** Also by a link within the store, which no listing follows. */
  private async isServed({ binaryPath }: FirmwareEntity): Promise<boolean> {
    return (await this.store.stat(binaryPath)) !== null;
  }
}

export const bytesOf = (files: readonly ListedFile[]): number =>
  files.reduce((sum, { size }) => sum + size, 0);

export function pathsOf(rows: readonly Pick<FirmwareEntity, 'binaryPath'>[]): Set<string> {
  return new Set(rows.flatMap(({ binaryPath }) => parseBinaryPath(binaryPath) ?? []));
}

const withAge = (file: ListedFile): UnreferencedFile => ({
  ...file,
  isRemovable: Date.now() - file.modifiedAt > YOUNG_MS,
});
