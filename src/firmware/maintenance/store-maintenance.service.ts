import { Injectable, Logger } from '@nestjs/common';
import { AuditLog } from '../../audit/audit.exports.js';
import type { Principal } from '../../domain/principal.js';
import { quoted } from '../../domain/quoted.js';
import type { FirmwareEntity } from '../firmware.entity.js';
import { FirmwareRepository } from '../firmware.repository.js';
import { filesOnRecord, prunedOnRecord } from '../on-record.js';
import { FirmwareStore, type ListedFile } from '../../storage/firmware-store.js';
import { parseBinaryPath } from '../../storage/store-path.js';
import { planPrune, type PruneRequest } from './prune-plan.js';

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

export interface Removal<T> {
  readonly removed: readonly T[];
  /** Of all files that were removed. */
  readonly bytes: number;
}

/** Compares the store with the table of firmware, and removes files that are not needed any more. */
@Injectable()
export class StoreMaintenanceService {
  private readonly logger = new Logger('StoreMaintenance');

  constructor(
    private readonly firmware: FirmwareRepository,
    private readonly audit: AuditLog,
    private readonly store: FirmwareStore,
  ) {}

  /** @throws DomainError STORE_UNAVAILABLE */
  check(_principal: Principal): Promise<StoreReport> {
    return this.compare();
  }

  private async compare(): Promise<StoreReport> {
    // The files first: one that is registered meanwhile has a row by then.
    const files = await this.listFiles();
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

  /**
   * Removes the files that no firmware refers to and that were last written more than a day ago. On record before the
   * first is removed, so that none is gone without a trace; one that is needed after all stays.
   * @throws DomainError STORE_UNAVAILABLE
   */
  async clean(principal: Principal, isDryRun: boolean): Promise<Removal<ListedFile>> {
    const { unreferenced } = await this.compare();
    const old = unreferenced.filter(({ isRemovable }) => isRemovable);
    if (isDryRun || old.length === 0) return { removed: old, bytes: bytesOf(old) };
    await this.audit.recordAlone({
      by: principal,
      action: 'store.clean',
      target: 'store',
      before: filesOnRecord(
        old.map(({ path }) => path),
        bytesOf(old),
      ),
    });
    const removed = await this.removeUnreferenced(old);
    this.logger.log(`${quoted(principal.name)} removed ${removed.length} unreferenced files.`);
    return { removed, bytes: bytesOf(removed) };
  }

  /**
   * Removes the files of old inactive firmware. The rows stay, and say when it was.
   * @throws DomainError STORE_UNAVAILABLE
   */
  async prune(
    principal: Principal,
    request: PruneRequest,
    isDryRun: boolean,
  ): Promise<Removal<FirmwareEntity>> {
    const files = new Map((await this.listFiles()).map((file) => [file.path, file]));
    const plan = planPrune(await this.firmware.findWithFile(), (path) => files.has(path), request);
    const filesOf = (rows: readonly FirmwareEntity[]): ListedFile[] =>
      [...pathsOf(rows)].flatMap((path) => files.get(path) ?? []);
    if (isDryRun || plan.length === 0) return { removed: plan, bytes: bytesOf(filesOf(plan)) };

    // First the rows: a file without a row is found by the next check, a row without its file would be an error.
    const ids = plan.map(({ id }) => id);
    const marked = new Set(
      await this.firmware.markPruned(ids, (pruned, manager) =>
        this.audit.record(manager, {
          by: principal,
          action: 'store.prune',
          target: 'store',
          after: prunedOnRecord(pruned),
        }),
      ),
    );
    const pruned = plan.filter(({ id }) => marked.has(id));
    const removed = await this.removeUnreferenced(filesOf(pruned));
    this.logger.log(`${quoted(principal.name)} pruned firmware ${pruned.map(({ id }) => id).join(', ')}.`);
    return { removed: pruned, bytes: bytesOf(removed) };
  }

  private async listFiles(): Promise<ListedFile[]> {
    const files: ListedFile[] = [];
    for await (const file of this.store.list()) files.push(file);
    return files;
  }

  /** @returns those that are gone; one that is referred to after all, or has been written to, stays */
  private async removeUnreferenced(files: readonly ListedFile[]): Promise<ListedFile[]> {
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

const bytesOf = (files: readonly ListedFile[]): number => files.reduce((sum, { size }) => sum + size, 0);

function pathsOf(rows: readonly Pick<FirmwareEntity, 'binaryPath'>[]): Set<string> {
  return new Set(rows.flatMap(({ binaryPath }) => parseBinaryPath(binaryPath) ?? []));
}

const withAge = (file: ListedFile): UnreferencedFile => ({
  ...file,
  isRemovable: Date.now() - file.modifiedAt > YOUNG_MS,
});
