import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import {
  And,
  Equal,
  LessThan,
  MoreThanOrEqual,
  Repository,
  type EntityManager,
  type FindOptionsWhere,
} from 'typeorm';
import { inTransaction, type TransactionLimits } from '../database/transaction.js';
import type { RepeatedEnd } from '../domain/attempt-history.js';
import type { AttemptState, AttemptStatus } from '../domain/ota-attempt.js';
import { attemptStatement, deletionCount, type DeletedRow } from './attempt-statements.js';
import { OtaLogEntity } from './ota-log.entity.js';
import type { Attempt, AttemptKey, AttemptPlan } from './plan-attempts.js';

export interface LogFilter {
  readonly deviceId?: number | undefined;
  readonly firmwareId?: number | undefined;
  readonly status?: AttemptStatus | undefined;
  /** Opened then or later. */
  readonly since?: Date | undefined;
  /** Opened earlier. */
  readonly before?: Date | undefined;
}

export interface LogPage {
  readonly rows: readonly OtaLogEntity[];
  readonly total: number;
}

/** How many of the newest attempts at a firmware are needed. */
export interface HistoryQuestion extends AttemptKey {
  readonly depth: number;
}

/** Where to look for attempts that are old. */
export interface OrderQuestion {
  readonly status: AttemptStatus;
  readonly afterId: number;
  readonly days: number;
  readonly count: number;
}

export interface AgedAttempt extends AttemptKey {
  readonly id: number;
  /** More than the days ago. */
  readonly isOpenedBefore: boolean;
  /** Likewise; of an attempt that has ended: that it ended. */
  readonly isChangedBefore: boolean;
}

/** A row of {@link LogsRepository.findHistories}. */
interface HistoryRow extends AttemptKey, AttemptState {
  readonly id: number;
  readonly openedAt: number;
  readonly changedAt: number;
  readonly repeatedEnds: readonly RepeatedEnd[] | null;
}

/*
 * A distributed database refuses some of what PostgreSQL takes. So all statements here and in attempt-statements.ts name
 * the device of an attempt, by which the table is distributed, and use neither LATERAL with a limit nor correlated
 * subqueries.
 */
const microseconds = (column: string): string => `(extract(epoch FROM ${column}) * 1000000)::bigint`;
const isOlder = (column: string): string => `${column} < now() - $3::int * interval '24 hours'`;

@Injectable()
export class LogsRepository {
  constructor(@InjectRepository(OtaLogEntity) private readonly logs: Repository<OtaLogEntity>) {}

  /** For programs that run beside the server. */
  static of(manager: EntityManager): LogsRepository {
    return new LogsRepository(manager.getRepository(OtaLogEntity));
  }

  transaction<T>(
    work: (manager: EntityManager) => Promise<T>,
    limits: Partial<TransactionLimits> = {},
  ): Promise<T> {
    return inTransaction(this.logs.manager, work, limits);
  }

  /** The devices that have ever failed with a firmware. */
  async findFailedWith(manager: EntityManager, firmwareId: number): Promise<number[]> {
    const rows = await manager.query<{ id: number }[]>(
      `SELECT DISTINCT device_id AS id FROM device_ota_log WHERE firmware_id = $1 AND status = 'failed'`,
      [firmwareId],
    );
    return rows.map((row) => row.id);
  }

  /**
   * The newest attempts of devices at firmware, those of one in the order in which they were opened. The devices' rows
   * are locked by then. Each (device, firmware) at most once.
   */
  async findHistories(manager: EntityManager, asked: readonly HistoryQuestion[]): Promise<Attempt[]> {
    const rows = await manager.query<HistoryRow[]>(
      `SELECT id, device_id AS "deviceId", firmware_id AS "firmwareId", status,
              error_message AS "errorMessage", bytes_downloaded AS "bytesDownloaded",
              download_started_at AS "downloadStartedAt", download_completed_at AS "downloadCompletedAt",
              installed_at AS "installedAt", repeated_ends AS "repeatedEnds",
              ${microseconds('created_at')} AS "openedAt", ${microseconds('updated_at')} AS "changedAt"
         FROM (SELECT log.*, depth,
                      row_number() OVER (PARTITION BY log.device_id, log.firmware_id
                                         ORDER BY log.created_at DESC, log.id DESC) AS nth
                 FROM unnest($1::bigint[], $2::bigint[], $3::int[]) AS asked (device_id, firmware_id, depth)
                 JOIN device_ota_log AS log
                   ON log.device_id = asked.device_id AND log.firmware_id = asked.firmware_id
                WHERE log.device_id = ANY($1::bigint[])) AS newest
        WHERE nth <= depth
        ORDER BY created_at, id`,
      [
        asked.map(({ deviceId }) => deviceId),
        asked.map(({ firmwareId }) => firmwareId),
        asked.map(({ depth }) => depth),
      ],
    );
    return rows.map(({ id, deviceId, firmwareId, openedAt, changedAt, repeatedEnds, ...state }) => ({
      id,
      deviceId,
      firmwareId,
      record: { state, openedAt, changedAt, repeatedEnds: repeatedEnds ?? [] },
    }));
  }

  /**
   * Writes what has become of attempts, and new ones in their order, which it gives their ids, and by how much that
   * changes the totals. In one statement: the way to the database and back costs more than the work.
   * @param before the status of each changed attempt, as it is on record
   */
  async writeAttempts(
    manager: EntityManager,
    { changed, opened }: Pick<AttemptPlan, 'changed' | 'opened'>,
    before: ReadonlyMap<Attempt, AttemptStatus>,
  ): Promise<void> {
    const statement = attemptStatement({ changed, opened }, before);
    if (!statement) return;
    const rows = await manager.query<{ id: number }[]>(statement.sql, statement.parameters);
    if (opened.length === 0) return;
    // Drawn from the sequence in the order of the rows; RETURNING promises none.
    const ids = rows.map(({ id }) => id).sort((a, b) => a - b);
    opened.forEach((attempt, index) => {
      attempt.id = ids[index] ?? 0;
    });
  }

  /** Whether there was ever an attempt at this firmware. */
  hasAttempts(manager: EntityManager, firmwareId: number): Promise<boolean> {
    return manager.getRepository(OtaLogEntity).existsBy({ firmwareId });
  }

  /** Those of these devices that have ever installed a firmware. */
  async findSuccessful(manager: EntityManager, deviceIds: readonly number[]): Promise<ReadonlySet<number>> {
    const rows = await manager.query<{ id: number }[]>(
      `SELECT DISTINCT device_id AS id FROM device_ota_log
        WHERE device_id = ANY($1::bigint[]) AND status = 'success'`,
      [deviceIds],
    );
    return new Set(rows.map(({ id }) => id));
  }

  /** All attempts of devices whose rows are locked. */
  async deleteOfDevices(manager: EntityManager, deviceIds: readonly number[]): Promise<void> {
    const [gone] = await manager.query<[DeletedRow[], number]>(
      'DELETE FROM device_ota_log WHERE device_id = ANY($1::bigint[]) RETURNING firmware_id, status',
      [deviceIds],
    );
    await this.countDeleted(manager, gone);
  }

  /** Attempts with this status in the order of their ids, which is about that in which they were opened. */
  findInOrder(
    manager: EntityManager,
    { status, afterId, days, count }: OrderQuestion,
  ): Promise<AgedAttempt[]> {
    return manager.query<AgedAttempt[]>(
      `SELECT id, device_id AS "deviceId", firmware_id AS "firmwareId", ${isOlder('created_at')} AS "isOpenedBefore",
              ${isOlder('updated_at')} AS "isChangedBefore"
         FROM device_ota_log WHERE status = $1 AND id > $2 ORDER BY id LIMIT $4`,
      [status, afterId, days, count],
    );
  }

  /**
   * Deletes attempts, but for the newest of each firmware, which proves that it was offered, and for those that a
   * transaction is about to change.
   * @returns how many
   */
  async delete(
    manager: EntityManager,
    attempts: readonly (AttemptKey & { readonly id: number })[],
  ): Promise<number> {
    const newest = new Map<number, number>();
    for (const firmwareId of new Set(attempts.map((attempt) => attempt.firmwareId))) {
      const [{ id }] = await manager.query<[{ id: number }]>(
        'SELECT max(id) AS id FROM device_ota_log WHERE firmware_id = $1',
        [firmwareId],
      );
      newest.set(firmwareId, id);
    }
    const old = attempts.filter(({ id, firmwareId }) => id < (newest.get(firmwareId) ?? 0));
    if (old.length === 0) return 0;
    const [gone] = await manager.query<[DeletedRow[], number]>(
      `DELETE FROM device_ota_log WHERE device_id = ANY($1::bigint[]) AND id = ANY(ARRAY(
         SELECT id FROM device_ota_log WHERE device_id = ANY($1::bigint[]) AND id = ANY($2::bigint[])
            FOR UPDATE SKIP LOCKED))
       RETURNING firmware_id, status`,
      [old.map(({ deviceId }) => deviceId), old.map(({ id }) => id)],
    );
    await this.countDeleted(manager, gone);
    return gone.length;
  }

  /** Newest first. */
  async list(filter: LogFilter, skip: number, take: number): Promise<LogPage> {
    const where = conditionsOf(filter);
    const rows = await this.logs.find({ where, order: { id: 'DESC' }, skip, take });
    // The attempts of one device are few enough to count, and those of a span of time have an index.
    const isCounted =
      filter.deviceId === undefined && filter.since === undefined && filter.before === undefined;
    const total = await (isCounted ? this.countAll(filter) : this.logs.count({ where }));
    return { rows, total };
  }

  /** Whether the totals of the list are those of its rows, as they should always be. */
  async hasExactTotals(): Promise<boolean> {
    const rows = await this.logs.query<unknown[]>(
      `SELECT FROM (SELECT firmware_id, status, change FROM attempt_count
                    UNION ALL
                    SELECT firmware_id, status, -count(*) FROM device_ota_log GROUP BY firmware_id, status) AS row
        GROUP BY firmware_id, status HAVING sum(change) <> 0 LIMIT 1`,
    );
    return rows.length === 0;
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

  private async countDeleted(manager: EntityManager, gone: readonly DeletedRow[]): Promise<void> {
    if (gone.length === 0) return;
    const { sql, parameters } = deletionCount(gone);
    await manager.query(sql, parameters);
  }

  private async countAll({ firmwareId, status }: LogFilter): Promise<number> {
    const [{ total }] = await this.logs.query<[{ total: number }]>(
      `SELECT coalesce(sum(change), 0)::bigint AS total FROM attempt_count
        WHERE ($1::bigint IS NULL OR firmware_id = $1) AND ($2::text IS NULL OR status = $2)`,
      [firmwareId, status],
    );
    return total;
  }
}

function conditionsOf({
  deviceId,
  firmwareId,
  status,
  since,
  before,
}: LogFilter): FindOptionsWhere<OtaLogEntity> {
  const times = [since && MoreThanOrEqual(since), before && LessThan(before)].filter(
    (time) => time !== undefined,
  );
  return {
    ...(deviceId !== undefined && { deviceId: Equal(deviceId) }),
    ...(firmwareId !== undefined && { firmwareId: Equal(firmwareId) }),
    ...(status !== undefined && { status: Equal(status) }),
    ...(times.length > 0 && { createdAt: And(...times) }),
  };
}
