import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { type EntityManager, Repository } from 'typeorm';
import type { AttemptStatus } from '../domain/ota-attempt.js';
import { OtaLogEntity } from './ota-log.entity.js';
import type { Attempt } from './plan-reports.js';

export interface LogFilter {
  readonly deviceId?: number | undefined;
  readonly firmwareId?: number | undefined;
  readonly status?: AttemptStatus | undefined;
}

export interface LogPage {
  readonly rows: readonly OtaLogEntity[];
  readonly total: number;
}

type AttemptKey = Pick<Attempt, 'deviceId' | 'firmwareId'>;

/** The part of a row that reports change, in the order of {@link stateColumns}. */
const STATE =
  'status, error_message, bytes_downloaded, download_started_at, download_completed_at, installed_at';

@Injectable()
export class LogsRepository {
  constructor(@InjectRepository(OtaLogEntity) private readonly logs: Repository<OtaLogEntity>) {}

  transaction<T>(work: (manager: EntityManager) => Promise<T>): Promise<T> {
    return this.logs.manager.transaction(work);
  }

  /** Which of the ids are of a firmware, active or not. */
  async findFirmware(manager: EntityManager, ids: readonly number[]): Promise<ReadonlySet<number>> {
    const rows = await manager.query<{ id: number }[]>(
      'SELECT id FROM firmware WHERE id = ANY($1::bigint[])',
      [[...new Set(ids)]],
    );
    return new Set(rows.map(({ id }) => id));
  }

  /** The newest attempt of each (device, firmware) that has one. The devices' rows are locked by then. */
  async findLatestAttempts(manager: EntityManager, keys: readonly AttemptKey[]): Promise<Attempt[]> {
    const rows = await manager.query<(AttemptKey & Attempt['state'] & Pick<Attempt, 'id'>)[]>(
      `SELECT id, asked.device_id AS "deviceId", asked.firmware_id AS "firmwareId", status,
              error_message AS "errorMessage", bytes_downloaded AS "bytesDownloaded",
              download_started_at AS "downloadStartedAt", download_completed_at AS "downloadCompletedAt",
              installed_at AS "installedAt"
         FROM (SELECT DISTINCT * FROM unnest($1::bigint[], $2::bigint[]) AS asked (device_id, firmware_id)) AS asked,
              LATERAL (SELECT id, ${STATE} FROM device_ota_log AS log
                        WHERE log.device_id = asked.device_id AND log.firmware_id = asked.firmware_id
                        ORDER BY id DESC LIMIT 1) AS newest`,
      keyColumns(keys),
    );
    return rows.map(({ id, deviceId, firmwareId, ...state }) => ({ id, deviceId, firmwareId, state }));
  }

  /** Writes new attempts in their order, and gives them their ids. */
  async openAttempts(manager: EntityManager, attempts: readonly Attempt[], now: Date): Promise<void> {
    if (attempts.length === 0) return;
    const rows = await manager.query<{ id: number }[]>(
      `INSERT INTO device_ota_log (device_id, firmware_id, ${STATE}, created_at, updated_at)
       SELECT device_id, firmware_id, ${STATE}, $9, $9
         FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::text[], $5::bigint[], $6::timestamptz[],
                     $7::timestamptz[], $8::timestamptz[]) WITH ORDINALITY
              AS new (device_id, firmware_id, ${STATE}, place)
        ORDER BY place
       RETURNING id`,
      [...keyColumns(attempts), ...stateColumns(attempts), now],
    );
    // Drawn from the sequence in the order of the rows; RETURNING promises none.
    const ids = rows.map(({ id }) => id).sort((a, b) => a - b);
    attempts.forEach((attempt, index) => {
      attempt.id = ids[index] ?? 0;
    });
  }

  async advanceAttempts(manager: EntityManager, attempts: readonly Attempt[], now: Date): Promise<void> {
    if (attempts.length === 0) return;
    await manager.query(
      `UPDATE device_ota_log AS log
          SET (${STATE}, updated_at) =
              (new.status, new.error_message, new.bytes_downloaded, new.download_started_at,
               new.download_completed_at, new.installed_at, $8)
         FROM unnest($1::bigint[], $2::text[], $3::text[], $4::bigint[], $5::timestamptz[], $6::timestamptz[],
                     $7::timestamptz[]) AS new (id, ${STATE})
        WHERE log.id = new.id`,
      [attempts.map(({ id }) => id), ...stateColumns(attempts), now],
    );
  }

  /** Newest first. */
  async list(filter: LogFilter, skip: number, take: number): Promise<LogPage> {
    const where = Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== undefined));
    const rows = await this.logs.find({ where, order: { id: 'DESC' }, skip, take });
    // The attempts of one device are few enough to count.
    const total = await (filter.deviceId === undefined ? this.countAll(filter) : this.logs.count({ where }));
    return { rows, total };
  }

  /** Makes one row of those that have come to count the same. */
  async foldCounts(): Promise<void> {
    await this.logs.query(
      `WITH folded AS (
         DELETE FROM attempt_count
          WHERE (firmware_id, status) IN
                (SELECT firmware_id, status FROM attempt_count GROUP BY firmware_id, status HAVING count(*) > 1)
         RETURNING *)
       INSERT INTO attempt_count
       SELECT firmware_id, status, sum(change) FROM folded GROUP BY firmware_id, status HAVING sum(change) <> 0`,
    );
  }

  private async countAll({ firmwareId, status }: Omit<LogFilter, 'deviceId'>): Promise<number> {
    const [{ total }] = await this.logs.query<[{ total: number }]>(
      `SELECT coalesce(sum(change), 0)::bigint AS total FROM attempt_count
        WHERE ($1::bigint IS NULL OR firmware_id = $1) AND ($2::text IS NULL OR status = $2)`,
      [firmwareId, status],
    );
    return total;
  }
}

function keyColumns(keys: readonly AttemptKey[]): unknown[] {
  return [keys.map(({ deviceId }) => deviceId), keys.map(({ firmwareId }) => firmwareId)];
}

function stateColumns(attempts: readonly Attempt[]): unknown[] {
  return [
    attempts.map(({ state }) => state.status),
    attempts.map(({ state }) => state.errorMessage),
    attempts.map(({ state }) => state.bytesDownloaded),
    attempts.map(({ state }) => state.downloadStartedAt),
    attempts.map(({ state }) => state.downloadCompletedAt),
    attempts.map(({ state }) => state.installedAt),
  ];
}
