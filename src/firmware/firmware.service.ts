import { Injectable, Logger } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { AuditLog, type AuditEntry } from '../audit/audit.exports.js';
import { DomainError } from '../domain/errors.js';
import { compareVersions, parseVersion, versionSortKey } from '../domain/firmware-version.js';
import {
  recordOf,
  refuse,
  standingFindings,
  versionFinding,
  type ImageRecord,
  type Overrides,
} from '../domain/image-rules.js';
import type { Principal } from '../domain/principal.js';
import { quoted } from '../domain/quoted.js';
import { OpenRollouts, ReleaseCatalog } from '../releases/releases.exports.js';
import { EventLog } from '../events/events.exports.js';
import type { FirmwareEntity } from './firmware.entity.js';
import {
  FirmwareRepository,
  type FirmwareChanges,
  type FirmwarePage,
  type NewFirmware,
} from './firmware.repository.js';
import { changeOnRecord, firmwareEvent, firmwareOnRecord, firmwareTarget } from './on-record.js';
import { isReleasedBy, publicationOf, PublishingRules } from './publishing-rules.js';
import { readImage } from './read-image.js';
import { inRollout, missingFile, notFound } from './refusals.js';
import { FirmwareStore } from '../storage/firmware-store.js';
import { parseBinaryPath } from '../storage/store-path.js';
import { VerifiedFiles } from '../storage/verified-files.js';

export type Registration = Omit<NewFirmware, 'versionSortKey' | 'image'>;

/** The admin's side: from an uploaded file to a release that devices are offered, and out of the way again. */
@Injectable()
export class FirmwareService {
  private readonly logger = new Logger('Firmware');

  constructor(
    private readonly firmware: FirmwareRepository,
    private readonly audit: AuditLog,
    private readonly events: EventLog,
    private readonly store: FirmwareStore,
    private readonly catalog: ReleaseCatalog,
    private readonly files: VerifiedFiles,
    private readonly rules: PublishingRules,
    private readonly rollouts: OpenRollouts,
  ) {}

  /**
   * @throws DomainError when the file is not in the store as described, is not what devices of this type may get, or the
   * release exists already
   */
  async register(
    principal: Principal,
    registration: Registration,
    overrides: Overrides = {},
  ): Promise<FirmwareEntity> {
    refuseFloorAbove(registration.version, registration.minCurrentVersion);
    const binaryPath = parseBinaryPath(registration.binaryPath);
    if (binaryPath === null) {
      throw new DomainError(
        'FIRMWARE_PATH_INVALID',
        (name) => `${name('binaryPath')} must be what the upload answered: a path within the firmware store.`,
        { binaryPath: (name) => `${name('binaryPath')} must stay within the firmware store` },
      );
    }
    const firmware = { ...registration, binaryPath, fileHash: registration.fileHash.toLowerCase() };
    const image = await this.readVerified(firmware, overrides);
    const publication = publicationOf(firmware, { offerToUnparsable: false });
    const sortKey = versionSortKey(parseVersion(registration.version));
    const row = await this.firmware.insert(
      { ...firmware, image, versionSortKey: sortKey },
      async (standing) => {
        refuse([versionFinding(image, publication), ...standingFindings(image, standing)], overrides);
        await this.requireFile(binaryPath);
      },
      async (added, manager) => {
        await this.events.record(manager, [firmwareEvent(null, added)]);
        await this.audit.record(manager, {
          by: principal,
          action: 'firmware.register',
          target: firmwareTarget(added.id),
          after: firmwareOnRecord(added),
        });
      },
    );
    const { id, deviceType, version, buildNumber } = row;
    this.logger.log(
      `${quoted(principal.name)} registered firmware ${id}: ${deviceType} ${version} build ${buildNumber}.`,
    );
    await this.catalog.refresh();
    return row;
  }

  list(
    _principal: Principal,
    deviceType: string | undefined,
    skip: number,
    limit: number,
  ): Promise<FirmwarePage> {
    return this.firmware.list(deviceType, skip, limit);
  }

  /** @throws DomainError FIRMWARE_NOT_FOUND */
  get(_principal: Principal, id: number): Promise<FirmwareEntity> {
    return this.find(id);
  }

  /**
   * What devices are offered from now on, and what becomes active after its file was pruned, is checked as if it were
   * registered now.
   * @throws DomainError FIRMWARE_NOT_FOUND, MIN_VERSION_ABOVE_VERSION, FIRMWARE_PRUNED, FIRMWARE_IN_ROLLOUT, and what {@link register} refuses
   */
  async change(
    principal: Principal,
    id: number,
    changes: FirmwareChanges,
    overrides: Overrides = {},
  ): Promise<FirmwareEntity> {
    const changed = await this.apply({ by: principal, action: 'firmware.change' }, id, changes, overrides);
    this.logger.log(
      `${quoted(principal.name)} changed firmware ${id}: ${Object.keys(changes).join(', ') || 'nothing'}.`,
    );
    return changed;
  }

  private async apply(
    about: Pick<AuditEntry, 'by' | 'action'>,
    id: number,
    changes: FirmwareChanges,
    overrides: Overrides,
  ): Promise<FirmwareEntity> {
    const known = await this.find(id);
    const isBroughtBack = changes.isActive === true && known.prunedAt !== null;
    if (isBroughtBack && !(await this.hasFile(pathOf(known)))) throw pruned(id);
    const read =
      isBroughtBack || isReleasedBy(changes, known) ? await this.readVerified(known, overrides) : null;
    const changed = await this.firmware.change(
      id,
      async (current, standing) => {
        // Pruned since it was looked at above.
        if (changes.isActive && current.prunedAt && !isBroughtBack) throw pruned(id);
        refuseFloorAbove(current.version, changes.minCurrentVersion);
        const image = read ?? current.image;
        if (image && isReleasedBy(changes, current)) {
          const published = publicationOf(current, changes);
          refuse([versionFinding(image, published), ...standingFindings(image, standing)], overrides);
        }
        if (isBroughtBack) await this.requireFile(pathOf(current));
        return { ...changes, ...(read && { image: read }), ...(isBroughtBack && { prunedAt: null }) };
      },
      async (before, after, manager) => {
        const change = changeOnRecord(before, after);
        if (!change) return;
        if (after.isStable && !before.isStable) await this.refuseInRollout(manager, id);
        await this.events.record(manager, [firmwareEvent(before, after)]);
        await this.audit.record(manager, { ...about, target: firmwareTarget(id), ...change });
      },
    );
    if (!changed) throw notFound(id);
    await this.catalog.refresh();
    return changed;
  }

  /** Devices neither see nor get it any more; the row and the file stay. @throws DomainError FIRMWARE_NOT_FOUND */
  async deactivate(principal: Principal, id: number): Promise<void> {
    await this.apply({ by: principal, action: 'firmware.deactivate' }, id, { isActive: false }, {});
    this.logger.log(`${quoted(principal.name)} deactivated firmware ${id}.`);
  }

  /**
   * Compares the stored file with what was registered, now.
   * @throws DomainError FIRMWARE_NOT_FOUND, FIRMWARE_PRUNED, FIRMWARE_FILE_DAMAGED
   */
  async verify(_principal: Principal, id: number): Promise<FirmwareEntity> {
    const firmware = await this.find(id);
    if (firmware.prunedAt) throw pruned(id);
    await this.files.verify(firmware);
    return firmware;
  }

  /** Else everybody would have it at once, and the rollout would have nobody left to protect. */
  private async refuseInRollout(manager: EntityManager, id: number): Promise<void> {
    const rolloutId = await this.rollouts.find(manager, id);
    if (rolloutId !== null) throw inRollout(id, rolloutId);
  }

  private async find(id: number): Promise<FirmwareEntity> {
    const firmware = await this.firmware.findById(id);
    if (!firmware) throw notFound(id);
    return firmware;
  }

  /**
   * Reads the stored file, which must be what the registration says, and what devices may get.
   * @throws DomainError FIRMWARE_FILE_MISSING, FIRMWARE_SIZE_MISMATCH, FIRMWARE_HASH_MISMATCH, and what the rules for
   * images refuse whatever it is published as
   */
  private async readVerified(
    firmware: Pick<FirmwareEntity, 'binaryPath' | 'fileSize' | 'fileHash'>,
    overrides: Overrides,
  ): Promise<ImageRecord> {
    const file = await readImage(this.store, firmware.binaryPath);
    if (!file) throw missingFile(firmware.binaryPath);
    if (file.size !== firmware.fileSize) {
      throw new DomainError(
        'FIRMWARE_SIZE_MISMATCH',
        `The stored file has ${file.size} bytes, not ${firmware.fileSize}.`,
        { fileSize: (name) => `${name('fileSize')} must be ${file.size}, the size of the stored file` },
      );
    }
    if (file.hash !== firmware.fileHash) {
      throw new DomainError(
        'FIRMWARE_HASH_MISMATCH',
        (name) => `The stored file has another SHA-256 than ${name('fileHash')}.`,
        { fileHash: (name) => `${name('fileHash')} must be the SHA-256 of the stored file` },
      );
    }
    const image = recordOf(file.verdict);
    refuse([this.rules.format(file.verdict), this.rules.trust(image)], overrides);
    return image;
  }

  /** @throws DomainError FIRMWARE_FILE_MISSING when it was removed since it was read */
  private async requireFile(binaryPath: string): Promise<void> {
    if (!(await this.hasFile(binaryPath))) throw missingFile(binaryPath);
  }

  private async hasFile(binaryPath: string): Promise<boolean> {
    return (await this.store.stat(binaryPath)) !== null;
  }
}

/** Relative to the store; rows of the original system have a leading slash. */
const pathOf = ({ binaryPath }: FirmwareEntity): string => parseBinaryPath(binaryPath) ?? binaryPath;

/** A floor that its own release does not meet would strand every device. */
function refuseFloorAbove(versionText: string, floorText: string | null | undefined): void {
  const version = parseVersion(versionText);
  const floor = parseVersion(floorText ?? '');
  if (version && floor && compareVersions(floor, version) > 0) {
    throw new DomainError(
      'MIN_VERSION_ABOVE_VERSION',
      (name) => `${name('minCurrentVersion')} ${floorText ?? ''} is above the version ${versionText} itself.`,
      { minCurrentVersion: (name) => `${name('minCurrentVersion')} must not be above ${versionText}` },
    );
  }
}

function pruned(id: number): DomainError {
  return new DomainError(
    'FIRMWARE_PRUNED',
    (name) =>
      `The file of firmware ${id} was removed to save space; upload the same file again, then set ${name('isActive')}.`,
  );
}
