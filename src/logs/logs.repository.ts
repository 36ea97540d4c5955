import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { DatabaseError } from 'pg';
import { type EntityManager, QueryFailedError, Repository } from 'typeorm';
import type { AttemptState, AttemptStatus } from '../domain/ota-attempt.js';
import { OtaLogEntity } from './ota-log.entity.js';

export interface LogFilter {
  readonly deviceId?: number | undefined;
  readonly firmwareId?: number | undefined;
  readonly status?: AttemptStatus | undefined;
}

export interface LogPage {
  readonly rows: readonly OtaLogEntity[];
  readonly total: number;
}

const FOREIGN_KEY_VIOLATION = '23503';

@Injectable()
export class LogsRepository {
  constructor(@InjectRepository(OtaLogEntity) private readonly logs: Repository<OtaLogEntity>) {}

  transaction<T>(work: (manager: EntityManager) => Promise<T>): Promise<T> {
    return this.logs.manager.transaction(work);
  }

  findLatestAttempt(
    manager: EntityManager,
    deviceId: number,
    firmwareId: number,
  ): Promise<OtaLogEntity | null> {
    return manager.findOne(OtaLogEntity, { where: { deviceId, firmwareId }, order: { id: 'DESC' } });
  }

  /** @returns the id of the new row, null when there is no such firmware */
  async openAttempt(
    manager: EntityManager,
    attempt: AttemptState & { readonly deviceId: number; readonly firmwareId: number },
    now: Date,
  ): Promise<number | null> {
    try {
      // Not `identifiers`, in which TypeORM makes text of a bigint.
      const inserted = await manager.insert(OtaLogEntity, { ...attempt, createdAt: now, updatedAt: now });
      return (inserted.raw as [{ id: number }])[0].id;
    } catch (error) {
      if (isUnknownFirmware(error)) return null;
      throw error;
    }
  }

  async advanceAttempt(manager: EntityManager, id: number, state: AttemptState, now: Date): Promise<void> {
    await manager.update(OtaLogEntity, id, { ...state, updatedAt: now });
  }

  /** Newest first. */
  async list(filter: LogFilter, skip: number, take: number): Promise<LogPage> {
    const where = Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== undefined));
    const [rows, total] = await this.logs.findAndCount({ where, order: { id: 'DESC' }, skip, take });
    return { rows, total };
  }
}

function isUnknownFirmware(error: unknown): boolean {
  if (!(error instanceof QueryFailedError)) return false;
  const { code, constraint } = error.driverError as DatabaseError;
  return code === FOREIGN_KEY_VIOLATION && constraint === 'fk_device_ota_log_firmware';
}
