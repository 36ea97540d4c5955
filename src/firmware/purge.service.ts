import { Injectable, Logger } from '@nestjs/common';
import { AuditLog } from '../audit/audit.exports.js';
import { DomainError } from '../domain/errors.js';
import type { Principal } from '../domain/principal.js';
import { quoted } from '../domain/quoted.js';
import { OfferRecords, OpenRollouts, ReleaseCatalog } from '../releases/releases.exports.js';
import { EventLog } from '../events/events.exports.js';
import type { FirmwareEntity } from './firmware.entity.js';
import { FirmwareRepository } from './firmware.repository.js';
import { firmwareTarget, identityOnRecord, purgedEvent } from './on-record.js';
import { inRollout, notFound } from './refusals.js';
import { FirmwareStore } from '../storage/firmware-store.js';
import { parseBinaryPath } from '../storage/store-path.js';

/** Until every server has stopped to offer an inactive firmware, and has written what it offered before. */
const SETTLED_MS = 60_000;

/** Deletes a mistake: a firmware that no device was ever offered, so that no history refers to it. */
@Injectable()
export class PurgeService {
  private readonly logger = new Logger('Firmware');

  constructor(
    private readonly firmware: FirmwareRepository,
    private readonly audit: AuditLog,
    private readonly events: EventLog,
    private readonly catalog: ReleaseCatalog,
    private readonly offers: OfferRecords,
    private readonly rollouts: OpenRollouts,
    private readonly store: FirmwareStore,
  ) {}

  /**
   * The row goes first, then the file: a server that is killed in between leaves a file that nothing refers to.
   * @throws DomainError FIRMWARE_NOT_FOUND, FIRMWARE_IN_USE, FIRMWARE_IN_ROLLOUT
   */
  async purge(principal: Principal, id: number): Promise<void> {
    const firmware = await this.firmware.delete(
      id,
      async (current, manager) => {
        const wasOffered = await this.offers.include(manager, id);
        if (wasOffered || current.releasedAt !== null) refuseUnlessSettled(current);
        if (wasOffered) throw inUse(id);
        const rolloutId = await this.rollouts.find(manager, id);
        if (rolloutId !== null) throw inRollout(id, rolloutId);
      },
      async (deleted, manager) => {
        await this.events.record(manager, [purgedEvent(deleted)]);
        await this.audit.record(manager, {
          by: principal,
          action: 'firmware.purge',
          target: firmwareTarget(id),
          before: identityOnRecord(deleted),
        });
      },
    );
    if (!firmware) throw notFound(id);
    this.logger.log(`${quoted(principal.name)} purged firmware ${id}.`);
    await this.catalog.refresh();
    await this.removeFile(firmware.binaryPath);
  }

  private async removeFile(binaryPath: string): Promise<void> {
    const path = parseBinaryPath(binaryPath);
    if (path !== null) await this.firmware.ifUnused(path, () => this.store.remove(path));
  }
}

/** Offers of a moment ago may not be on record yet. @throws DomainError FIRMWARE_IN_USE */
function refuseUnlessSettled({ id, isActive, updatedAt }: FirmwareEntity): void {
  if (!isActive && Date.now() - updatedAt.getTime() >= SETTLED_MS) return;
  throw new DomainError(
    'FIRMWARE_IN_USE',
    `Firmware ${id} was released, so devices may have been offered it. Deactivate it (DELETE without purge), and purge ` +
      `it ${SETTLED_MS / 1000} seconds later if no device was.`,
  );
}

const inUse = (id: number): DomainError =>
  new DomainError(
    'FIRMWARE_IN_USE',
    `Firmware ${id} was offered to devices, and its history stays: deactivate it instead (DELETE without purge).`,
  );
