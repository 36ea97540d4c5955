import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { QueryFailedError, Repository } from 'typeorm';
import type { DatabaseError } from 'pg';
import { DomainError } from '../domain/errors.js';
import { FirmwareEntity } from './firmware.entity.js';

/** What the database fills in by itself. */
type Generated = 'id' | 'createdAt' | 'updatedAt' | 'releasedAt' | 'isActive';
export type NewFirmware = Omit<FirmwareEntity, Generated>;
export type FirmwareChanges = Partial<
  Pick<FirmwareEntity, 'description' | 'releaseNotes' | 'isStable' | 'isActive' | 'minCurrentVersion'>
>;

export interface FirmwarePage {
  readonly rows: readonly FirmwareEntity[];
  readonly total: number;
}

const UNIQUE_VIOLATION = '23505';

@Injectable()
export class FirmwareRepository {
  constructor(@InjectRepository(FirmwareEntity) private readonly firmware: Repository<FirmwareEntity>) {}

  findById(id: number): Promise<FirmwareEntity | null> {
    return this.firmware.findOneBy({ id });
  }

  /** Everything that devices may have, in no order. */
  findActive(): Promise<FirmwareEntity[]> {
    return this.firmware.findBy({ isActive: true });
  }

  /** Newest version first within a device type. */
  async list(deviceType: string | undefined, skip: number, take: number): Promise<FirmwarePage> {
    const [rows, total] = await this.firmware.findAndCount({
      where: deviceType === undefined ? {} : { deviceType },
      order: { deviceType: 'ASC', versionSortKey: 'DESC', buildNumber: 'DESC', id: 'DESC' },
      skip,
      take,
    });
    return { rows, total };
  }

  /** @throws DomainError FIRMWARE_EXISTS when this release is registered already */
  async insert(firmware: NewFirmware): Promise<FirmwareEntity> {
    try {
      const inserted = await this.firmware.insert({
        ...firmware,
        ...(firmware.isStable && { releasedAt: () => 'now()' }),
      });
      const [{ id }] = inserted.raw as [{ id: number }];
      return await this.firmware.findOneByOrFail({ id });
    } catch (error) {
      throw isTaken(error) ? alreadyRegistered(firmware) : error;
    }
  }

  /**
   * Changes a row that nobody else changes meanwhile.
   * @param decide sees the row as it is and says what to change, or throws to change nothing
   * @returns the row as it is then, null when there is none
   */
  change(id: number, decide: (current: FirmwareEntity) => FirmwareChanges): Promise<FirmwareEntity | null> {
    return this.firmware.manager.transaction(async (manager) => {
      const rows = manager.getRepository(FirmwareEntity);
      const current = await rows.findOne({ where: { id }, lock: { mode: 'pessimistic_write' } });
      if (!current) return null;
      const changes = decide(current);
      if (Object.keys(changes).length === 0) return current;
      const isReleasedNow = changes.isStable === true && current.releasedAt === null;
      await rows.update(id, {
        ...changes,
        updatedAt: () => 'now()',
        ...(isReleasedNow && { releasedAt: () => 'now()' }),
      });
      return rows.findOneBy({ id });
    });
  }
}

function isTaken(error: unknown): boolean {
  if (!(error instanceof QueryFailedError)) return false;
  const { code, constraint } = error.driverError as DatabaseError;
  return code === UNIQUE_VIOLATION && constraint === 'uq_firmware_release';
}

function alreadyRegistered({ deviceType, version, buildNumber }: NewFirmware): DomainError {
  return new DomainError(
    'FIRMWARE_EXISTS',
    `${deviceType} ${version} build ${buildNumber} is registered already; publish a higher build_number or version.`,
  );
}
