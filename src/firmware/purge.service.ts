import { setTimeout as delay } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import { APP_CONFIG, type AppConfig } from '../config/app-config.js';
import { DomainError } from '../domain/errors.js';
import { ReleaseCatalog } from './catalog/release-catalog.js';
import { FirmwareRepository } from './firmware.repository.js';
import { notFound } from './refusals.js';
import { FirmwareStore } from './store/firmware-store.js';
import { parseBinaryPath } from './store/store-path.js';

/** How long it takes until a change is heard by every server, with some room. */
const HEARD_MS = 250;

/** Deletes a mistake: a firmware that no device was ever offered, so that no history refers to it. */
@Injectable()
export class PurgeService {
  constructor(
    @Inject(APP_CONFIG) private readonly config: AppConfig,
    private readonly firmware: FirmwareRepository,
    private readonly catalog: ReleaseCatalog,
    private readonly store: FirmwareStore,
  ) {}

  /**
   * The row goes first, then the file: a server that is killed in between leaves a file that nothing refers to.
   * @throws DomainError FIRMWARE_NOT_FOUND, FIRMWARE_IN_USE
   */
  async purge(id: number): Promise<void> {
    const firmware = await this.firmware.findById(id);
    if (!firmware) throw notFound(id);
    if (await this.firmware.wasOffered(id)) throw inUse(id);
    const isOffered = firmware.isStable && firmware.isActive;
    if (isOffered) await this.withdraw(id);
    const outcome = await this.firmware.deleteUnoffered(id);
    if (outcome === 'offered' && isOffered) await this.firmware.change(id, () => ({ isActive: true }));
    await this.catalog.refresh();
    if (outcome === 'offered') throw inUse(id);
    await this.removeFile(firmware.binaryPath);
  }

  /** Until no server offers it any more, and the offers that were made are on record. */
  private async withdraw(id: number): Promise<void> {
    await this.firmware.change(id, () => ({ isActive: false }));
    await this.catalog.refresh();
    await delay(HEARD_MS + 2 * this.config.limits.checkInFlushMs);
  }

  private async removeFile(binaryPath: string): Promise<void> {
    const path = parseBinaryPath(binaryPath);
    if (path !== null) await this.firmware.ifUnused(path, () => this.store.remove(path));
  }
}

const inUse = (id: number): DomainError =>
  new DomainError(
    'FIRMWARE_IN_USE',
    `Firmware ${id} was offered to devices, and its history stays: deactivate it instead (DELETE without purge).`,
  );
