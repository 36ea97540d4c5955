import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { type EntityManager, In, IsNull, QueryFailedError, Repository } from 'typeorm';
import type { DatabaseError } from 'pg';
import { inTransaction } from '../database/transaction.js';
import { DomainError } from '../domain/errors.js';
import type { Standing } from '../domain/image-rules.js';
import { FirmwareEntity } from './firmware.entity.js';

/** What the database fills in by itself. */
type Generated = 'id' | 'createdAt' | 'updatedAt' | 'releasedAt' | 'prunedAt' | 'isActive';
export type NewFirmware = Omit<FirmwareEntity, Generated>;
export type FirmwareChanges = Partial<
  Pick<
    FirmwareEntity,
    'description' | 'releaseNotes' | 'image' | 'isStable' | 'isActive' | 'minCurrentVersion' | 'prunedAt'
  >
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
    const rows = await this.firmware.find({
      where: deviceType === undefined ? {} : { deviceType },
      order: { deviceType: 'ASC', versionSortKey: 'DESC', buildNumber: 'DESC', id: 'DESC' },
      skip,
      take,
    });
    const [{ total }] = await this.firmware.query<[{ total: number }]>(
      `SELECT coalesce(sum(firmware), 0)::bigint AS total FROM firmware_count
        WHERE $1::text IS NULL OR device_type = $1`,
      [deviceType],
    );
    return { rows, total };
  }

  /**
   * @param admit sees what the other firmware of the device type binds this one to, and throws to add nothing
   * @throws DomainError FIRMWARE_EXISTS when this release is registered already
   */
  async insert(firmware: NewFirmware, admit: (standing: Standing) => void): Promise<FirmwareEntity> {
    try {
      return await inTransaction(this.firmware.manager, async (manager) => {
        admit(await lockedStanding(manager, firmware.deviceType, null));
        const rows = manager.getRepository(FirmwareEntity);
        const inserted = await rows.insert({
          ...firmware,
          ...(firmware.isStable && { releasedAt: () => 'now()' }),
        });
        const [{ id }] = inserted.raw as [{ id: number }];
        return rows.findOneByOrFail({ id });
      });
    } catch (error) {
      throw isTaken(error) ? alreadyRegistered(firmware) : error;
    }
  }

  /**
   * Changes a row that nobody else changes meanwhile.
   * @param decide sees the row as it is and what the others bind it to, and says what to change, or throws to change
   * nothing
   * @returns the row as it is then, null when there is none
   */
  change(
    id: number,
    decide: (current: FirmwareEntity, standing: Standing) => FirmwareChanges,
  ): Promise<FirmwareEntity | null> {
    return inTransaction(this.firmware.manager, async (manager) => {
      const rows = manager.getRepository(FirmwareEntity);
      const current = await rows.findOne({ where: { id }, lock: { mode: 'pessimistic_write' } });
      if (!current) return null;
      const changes = decide(current, await lockedStanding(manager, current.deviceType, id));
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

  /** Every firmware that should have a file, newest version first within a device type. */
  findWithFile(): Promise<FirmwareEntity[]> {
    return this.firmware.find({
      where: { prunedAt: IsNull() },
      order: { deviceType: 'ASC', versionSortKey: 'DESC', buildNumber: 'DESC', id: 'DESC' },
    });
  }

  /** Notes that the files of these are to go. @returns the ids of those that were still inactive and had a file */
  async markPruned(ids: readonly number[]): Promise<number[]> {
    const { raw } = (await this.firmware
      .createQueryBuilder()
      .update()
      .set({ prunedAt: () => 'now()', updatedAt: () => 'now()' })
      .where({ id: In([...ids]), isActive: false, prunedAt: IsNull() })
      .returning('id')
      .execute()) as { raw: { id: number }[] };
    return raw.map(({ id }) => id);
  }
}

/**
 * What the firmware of a device type stands for, which nobody else changes until the transaction ends.
 * @param ownId the newest stable release is looked for among the others
 */
async function lockedStanding(
  manager: EntityManager,
  deviceType: string,
  ownId: number | null,
): Promise<Standing> {
  await manager.query("SELECT pg_advisory_xact_lock(hashtextextended('device_type ' || $1, 0))", [
    deviceType,
  ]);
  const [standing] = await manager.query<[Standing]>(
    `SELECT (SELECT (image #>> '{image,chipId}')::int FROM firmware
              WHERE device_type = $1 AND image ->> 'kind' = 'application'
              ORDER BY id DESC LIMIT 1) AS "chipId",
            (SELECT (image #>> '{image,app,secureVersion}')::bigint FROM firmware
              WHERE device_type = $1 AND is_stable AND is_active AND id IS DISTINCT FROM $2
              ORDER BY version_sort_key DESC, build_number DESC LIMIT 1) AS "secureVersion"`,
    [deviceType, ownId],
  );
  return standing;
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
