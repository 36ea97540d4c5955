import { Injectable, Logger } from '@nestjs/common';
import { AuditLog } from '../../audit/audit.exports.js';
import type { Principal } from '../../domain/principal.js';
import { quoted } from '../../domain/quoted.js';
import type { FirmwareEntity } from '../firmware.entity.js';
import { FirmwareRepository } from '../firmware.repository.js';
import { filesOnRecord, prunedOnRecord } from '../on-record.js';
import { FirmwareStore, type ListedFile } from '../../storage/firmware-store.js';
import { planPrune, type PruneRequest } from './prune-plan.js';
import { bytesOf, pathsOf, StoredFiles, type StoreReport } from './stored-files.js';

export interface Removal<T> {
  readonly removed: readonly T[];
  /** Of all files that were removed. */
  readonly bytes: number;
}

/** Compares the store with the table of firmware, and removes files that are not needed any more. */
@Injectable()
export class StoreMaintenanceService {
  private readonly logger = new Logger('StoreMaintenance');
  private readonly files: StoredFiles;

  constructor(
    private readonly firmware: FirmwareRepository,
    private readonly audit: AuditLog,
    store: FirmwareStore,
  ) {
    this.files = new StoredFiles(firmware, store);
  }

  /** @throws DomainError STORE_UNAVAILABLE */
  check(_principal: Principal): Promise<StoreReport> {
    return this.files.compare();
  }

  /**
   * Removes the files that no firmware refers to and that were last written more than a day ago. On record before the
   * first is removed, so that none is gone without a trace; one that is needed after all stays.
   * @throws DomainError STORE_UNAVAILABLE
   */
  async clean(principal: Principal, isDryRun: boolean): Promise<Removal<ListedFile>> {
    const { unreferenced } = await this.files.compare();
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
    const removed = await this.files.removeUnreferenced(old);
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
    const files = new Map((await this.files.list()).map((file) => [file.path, file]));
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
    const removed = await this.files.removeUnreferenced(filesOf(pruned));
    this.logger.log(`${quoted(principal.name)} pruned firmware ${pruned.map(({ id }) => id).join(', ')}.`);
    return { removed: pruned, bytes: bytesOf(removed) };
  }
}
