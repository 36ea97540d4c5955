import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { type EntityManager, In, IsNull, QueryFailedError, Repository } from 'typeorm';
import type { DatabaseError } from 'pg';
import { inTransaction } from '../database/transaction.js';
import { DomainError } from '../domain/errors.js';
import { parseVersion, versionSortKey } from '../domain/firmware-version.js';
import { detailOf, type Standing } from '../domain/image-rules.js';
import { FirmwareEntity } from './firmware.entity.js';
import { alreadyRegistered } from './refusals.js';

/** What the database fills in by itself. */
type Generated =
  'id' | 'createdAt' | 'updatedAt' | 'releasedAt' | 'prunedAt' | 'isActive' | 'offerToUnparsable';
export type NewFirmware = Omit<FirmwareEntity, Generated>;
export type FirmwareChanges = Partial<
  Pick<
    FirmwareEntity,
    | 'description'
    | 'releaseNotes'
    | 'image'
    | 'isStable'
    | 'isActive'
    | 'minCurrentVersion'
    | 'offerToUnparsable'
    | 'prunedAt'
  >
>;

export interface FirmwarePage {
  readonly rows: readonly FirmwareEntity[];
  readonly total: number;
}

/** Where a release would stand among those of its device type. */
export interface Neighbours {
  /** The newest stable release below it. */
  readonly predecessorId: number | null;
  /** The newest stable release, when that is not below it. */
  readonly newest: Pick<FirmwareEntity, 'version' | 'buildNumber'> | null;
  /** Of the same version. */
  readonly highestBuild: number | null;
  /** Whether this version and build is there already. */
  readonly isRegistered: boolean;
}

const UNIQUE_VIOLATION = '23505';

@Injectable()
export class FirmwareRepository {
  constructor(@InjectRepository(FirmwareEntity) private readonly firmware: Repository<FirmwareEntity>) {}

  /** For programs that run beside the server. */
  static of(manager: EntityManager): FirmwareRepository {
    return new FirmwareRepository(manager.getRepository(FirmwareEntity));
  }

  findById(id: number): Promise<FirmwareEntity | null> {
    return this.firmware.findOneBy({ id });
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
   * @param admit sees what the other firmware of the device type binds this one to while nobody removes its file, and
   * throws to add nothing
   * @param record puts the new row on record, in the same transaction
   * @throws DomainError FIRMWARE_EXISTS when this release is registered already
   */
  async insert(
    firmware: NewFirmware,
    admit: (standing: Standing) => Promise<void>,
    record: (added: FirmwareEntity, manager: EntityManager) => Promise<void>,
  ): Promise<FirmwareEntity> {
    try {
      return await inTransaction(this.firmware.manager, async (manager) => {
        await lockFile(manager, firmware.binaryPath);
        await admit(await lockedStanding(manager, firmware.deviceType, null));
        const rows = manager.getRepository(FirmwareEntity);
        const inserted = await rows.insert({
          ...firmware,
          ...(firmware.isStable && { releasedAt: () => 'now()' }),
        });
        const [{ id }] = inserted.raw as [{ id: number }];
        const added = await rows.findOneByOrFail({ id });
        await record(added, manager);
        return added;
      });
    } catch (error) {
      throw isTaken(error)
        ? new DomainError('FIRMWARE_EXISTS', detailOf(alreadyRegistered(firmware)))
        : error;
    }
  }

  /**
   * Changes a row that nobody else changes meanwhile.
   * @param decide sees the row as it is and what the others bind it to while nobody removes its file, and says what to
   * change, or throws to change nothing
   * @param record puts the row as it was and as it is on record, in the same transaction
   * @returns the row as it is then, null when there is none
   */
  change(
    id: number,
    decide: (current: FirmwareEntity, standing: Standing) => FirmwareChanges | Promise<FirmwareChanges>,
    record: (before: FirmwareEntity, after: FirmwareEntity, manager: EntityManager) => Promise<void>,
  ): Promise<FirmwareEntity | null> {
    return inTransaction(this.firmware.manager, async (manager) => {
      const rows = manager.getRepository(FirmwareEntity);
      const current = await rows.findOne({ where: { id }, lock: { mode: 'pessimistic_write' } });
      if (!current) return null;
      if (current.prunedAt) await lockFile(manager, current.binaryPath);
      const changes = await decide(current, await lockedStanding(manager, current.deviceType, id));
      if (Object.keys(changes).length === 0) return current;
      const isReleasedNow = changes.isStable === true && current.releasedAt === null;
      await rows.update(id, {
        ...changes,
        updatedAt: () => 'now()',
        ...(isReleasedNow && { releasedAt: () => 'now()' }),
      });
      const changed = await rows.findOneByOrFail({ id });
      await record(current, changed, manager);
      return changed;
    });
  }

  /**
   * Devices begin to have it, or everybody may have it.
   * @returns the row as it was and as it is; null when nothing has changed
   */
  async mark(
    manager: EntityManager,
    id: number,
    mark: 'released' | 'stable',
  ): Promise<readonly [FirmwareEntity, FirmwareEntity] | null> {
    const rows = manager.getRepository(FirmwareEntity);
    const before = await rows.findOneOrFail({ where: { id }, lock: { mode: 'pessimistic_write' } });
    const isMarked = mark === 'stable' ? before.isStable : before.releasedAt !== null;
    if (isMarked) return null;
    await rows.update(id, {
      ...(mark === 'stable' && { isStable: true }),
      ...(before.releasedAt === null && { releasedAt: () => 'now()' }),
      updatedAt: () => 'now()',
    });
    return [before, await rows.findOneByOrFail({ id })];
  }

  /** Whether the totals of the list are those of its rows, as they should always be. */
  async hasExactTotals(): Promise<boolean> {
    const rows = await this.firmware.query<unknown[]>(
      `SELECT FROM (SELECT device_type, firmware FROM firmware_count
                    UNION ALL SELECT device_type, -count(*) FROM firmware GROUP BY device_type) AS row
        GROUP BY device_type HAVING sum(firmware) <> 0 LIMIT 1`,
    );
    return rows.length === 0;
  }

  /** Every firmware that should have a file, newest version first within a device type. */
  findWithFile(): Promise<FirmwareEntity[]> {
    return this.firmware.find({
      where: { prunedAt: IsNull() },
      order: { deviceType: 'ASC', versionSortKey: 'DESC', buildNumber: 'DESC', id: 'DESC' },
    });
  }

  /**
   * Notes that the files of these are to go.
   * @param record puts the ids of those that were still inactive and had a file on record, in the same transaction
   * @returns these ids
   */
  markPruned(
    ids: readonly number[],
    record: (marked: readonly number[], manager: EntityManager) => Promise<void>,
  ): Promise<number[]> {
    return inTransaction(this.firmware.manager, async (manager) => {
      const { raw } = (await manager
        .getRepository(FirmwareEntity)
        .createQueryBuilder()
        .update()
        .set({ prunedAt: () => 'now()', updatedAt: () => 'now()' })
        .where({ id: In([...ids]), isActive: false, prunedAt: IsNull() })
        .returning('id')
        .execute()) as { raw: { id: number }[] };
      const marked = raw.map(({ id }) => id);
      if (marked.length > 0) await record(marked, manager);
      return marked;
    });
  }

  /** What the firmware of a device type stands for at the moment. */
  standingOf(deviceType: string): Promise<Standing> {
    return readStanding(this.firmware.manager, deviceType, null);
  }

  /** @param deviceType whose firmware is preferred when several have these bytes */
  async findIdByHash(fileHash: string, deviceType: string | null): Promise<number | null> {
    const [row] = await this.firmware.query<{ id: number }[]>(
      'SELECT id FROM firmware WHERE file_hash = $1 ORDER BY device_type IS DISTINCT FROM $2::text, id DESC LIMIT 1',
      [fileHash, deviceType],
    );
    return row?.id ?? null;
  }

  /** @param build null: any of this version */
  async neighboursOf(deviceType: string, version: string, build: number | null): Promise<Neighbours> {
    const [row] = await this.firmware.query<[Neighbours]>(
      `SELECT (SELECT id FROM firmware
                WHERE device_type = $1 AND is_stable AND is_active
                  AND (version_sort_key < $2 OR (version_sort_key = $2 AND build_number < $3))
                ORDER BY version_sort_key DESC, build_number DESC LIMIT 1) AS "predecessorId",
              (SELECT jsonb_build_object('version', version, 'buildNumber', build_number) FROM firmware
                WHERE device_type = $1 AND is_stable AND is_active
                  AND (version_sort_key > $2 OR (version_sort_key = $2 AND build_number >= $3))
                ORDER BY version_sort_key DESC, build_number DESC LIMIT 1) AS newest,
              (SELECT max(build_number) FROM firmware
                WHERE device_type = $1 AND version = $4) AS "highestBuild",
              EXISTS (SELECT FROM firmware
                       WHERE device_type = $1 AND version = $4 AND build_number = $3) AS "isRegistered"`,
      [deviceType, versionSortKey(parseVersion(version)), build ?? MAX_BUILD, version],
    );
    return row;
  }

  /**
   * Deletes a row that nobody changes meanwhile, or begins an attempt at. Its downloads go with it.
   * @param admit sees the row, and throws to delete nothing
   * @param record puts what was deleted on record, in the same transaction
   * @returns the row as it was, null when there is none
   */
  delete(
    id: number,
    admit: (current: FirmwareEntity, manager: EntityManager) => Promise<void>,
    record: (deleted: FirmwareEntity, manager: EntityManager) => Promise<void>,
  ): Promise<FirmwareEntity | null> {
    return inTransaction(this.firmware.manager, async (manager) => {
      const rows = manager.getRepository(FirmwareEntity);
      const current = await rows.findOne({ where: { id }, lock: { mode: 'pessimistic_write' } });
      if (!current) return null;
      await admit(current, manager);
      await rows.delete(id);
      await record(current, manager);
      return current;
    });
  }

  /** Runs `work` on a file that no row refers to, while none can come to refer to it. @param path within the store */
  async ifUnused(path: string, work: () => Promise<void>): Promise<void> {
    await inTransaction(this.firmware.manager, async (manager) => {
      await lockFile(manager, path);
      const rows = await manager.query<unknown[]>(
        "SELECT FROM firmware WHERE regexp_replace(binary_path, '^/', '') = $1 AND pruned_at IS NULL LIMIT 1",
        [path],
      );
      if (rows.length === 0) await work();
    });
  }
}

const MAX_BUILD = 2 ** 31 - 1;

/** Until the transaction ends, nobody else registers a file of this path, or removes it. */
async function lockFile(manager: EntityManager, path: string): Promise<void> {
  await manager.query("SELECT pg_advisory_xact_lock(hashtextextended('file ' || $1, 0))", [path]);
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
  return readStanding(manager, deviceType, ownId);
}

async function readStanding(
  manager: EntityManager,
  deviceType: string,
  ownId: number | null,
): Promise<Standing> {
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
