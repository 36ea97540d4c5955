import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { In, IsNull, MoreThan, Not, Repository, type EntityManager } from 'typeorm';
import { inTransaction, type TransactionLimits } from '../../database/transaction.js';
import type { Evaluation } from '../../domain/rollout/parts.js';
import type { Deltas } from '../../domain/rollout/device-events.js';
import type { PhaseProgress } from '../../domain/rollout/phases.js';
import type { RolloutState } from '../../domain/rollout/rollout-states.js';
import { RolloutEntity } from './rollout.entity.js';

/** Told when a rollout changed: `7:42,43` with the devices whose offers changed in another way than that they were made, or `7:*`. */
export const ROLLOUT_CHANGED = 'rollout_changed';
/** A notification has room for 8,000 bytes. */
const MOST_TOLD = 300;

/** A row of the table of rollouts. */
export type Rollout = Readonly<RolloutEntity>;

const UNDER_WAY: RolloutState[] = ['scheduled', 'running', 'paused', 'halted'];

/** For so long it is written down what becomes of the devices of a rollout that has finished. 30 days. */
const HEARD_AFTER_END_MS = 30 * 86_400_000;

/** What a rollout says of the devices that it is for, as text. */
export const filtersOf = ({ target, phases }: Pick<Rollout, 'target' | 'phases'>): string[] => [
  ...(target === null ? [] : [target]),
  ...phases.flatMap((phase) => (phase.kind === 'target' ? [phase.target] : [])),
];

/** The rollouts. Writes within the transaction of the caller. */
@Injectable()
export class RolloutRepository {
  constructor(@InjectRepository(RolloutEntity) private readonly rollouts: Repository<RolloutEntity>) {}

  transaction<T>(
    work: (manager: EntityManager) => Promise<T>,
    limits: Partial<TransactionLimits> = {},
  ): Promise<T> {
    return inTransaction(this.rollouts.manager, work, limits);
  }

  /**
   * Those that devices have to do with: that are under way, that stay in force for their target or have finished a while
   * ago, and that were broken off when devices had their firmware.
   */
  findVisible(manager: EntityManager = this.rollouts.manager): Promise<Rollout[]> {
    return manager.find(RolloutEntity, {
      where: [
        { state: In(UNDER_WAY) },
        { state: 'finished', target: Not(IsNull()) },
        { state: 'finished', endedAt: MoreThan(new Date(Date.now() - HEARD_AFTER_END_MS)) },
        { state: 'aborted', offered: MoreThan(0) },
      ],
      order: { id: 'ASC' },
    });
  }

  /** Those of which time alone may change something. */
  findConducted(): Promise<Rollout[]> {
    return this.rollouts.find({
      where: [
        { state: In(UNDER_WAY) },
        // Of these only the devices that were offered the firmware are still heard of.
        { state: In(['finished', 'aborted']), endedAt: MoreThan(new Date(Date.now() - HEARD_AFTER_END_MS)) },
      ],
      order: { id: 'ASC' },
    });
  }

  findById(id: number, manager: EntityManager = this.rollouts.manager): Promise<Rollout | null> {
    return manager.findOneBy(RolloutEntity, { id });
  }

  /** Newest first. */
  async findPage(
    { states, firmwareId }: { readonly states?: readonly RolloutState[]; readonly firmwareId?: number },
    skip: number,
    take: number,
  ): Promise<{ rollouts: Rollout[]; total: number }> {
    const where = {
      ...(states && { state: In([...states]) }),
      ...(firmwareId !== undefined && { firmwareId }),
    };
    const [rollouts, total] = await this.rollouts.findAndCount({ where, order: { id: 'DESC' }, skip, take });
    return { rollouts, total };
  }

  /** The rollout of a firmware that has not ended; null: there is none. */
  async findOpen(manager: EntityManager, firmwareId: number): Promise<number | null> {
    const rows = await manager.query<{ id: number }[]>(
      "SELECT id FROM rollout WHERE firmware_id = $1 AND state NOT IN ('finished', 'aborted')",
      [firmwareId],
    );
    return rows[0]?.id ?? null;
  }

  /** Of the rollouts that have not ended, the filters: of the target and of phases. In the order of their ids. */
  async findOpenFilters(manager: EntityManager): Promise<{ id: number; filters: string[] }[]> {
    const rows = await manager.query<Pick<Rollout, 'id' | 'target' | 'phases'>[]>(
      `SELECT id, target, phases FROM rollout
        WHERE state NOT IN ('finished', 'aborted') AND (target IS NOT NULL OR phases <> '[]') ORDER BY id`,
    );
    return rows.map((row) => ({ id: row.id, filters: filtersOf(row) }));
  }

  /** Locks rollouts until the transaction ends, in the order of their ids. Those that are gone are left out. */
  async lock(manager: EntityManager, ids: readonly number[]): Promise<Rollout[]> {
    return manager.find(RolloutEntity, {
      where: { id: In([...ids]) },
      order: { id: 'ASC' },
      lock: { mode: 'pessimistic_write' },
    });
  }

  async insert(manager: EntityManager, rollout: Partial<RolloutEntity>): Promise<Rollout> {
    const inserted = await manager.insert(RolloutEntity, rollout);
    // Read again: what an insert returns has its id as a text.
    const [{ id }] = inserted.raw as [{ id: number }];
    return manager.findOneByOrFail(RolloutEntity, { id });
  }

  /** What somebody did, or the server itself: it has another version from then on. The rollout is locked. */
  async update(manager: EntityManager, id: number, change: Partial<RolloutEntity>): Promise<Rollout> {
    await manager.update(
      RolloutEntity,
      { id },
      { ...change, version: () => 'version + 1', updatedAt: () => 'now()' },
    );
    return manager.findOneByOrFail(RolloutEntity, { id });
  }

  /**
   * Admits one more device, where `mayOffer` allows it; the row is locked from then on until the transaction ends, so that
   * any number of servers never admits more.
   * @returns the number of the offer; null: the device has to wait
   */
  async admit(manager: EntityManager, id: number): Promise<number | null> {
    const [rows] = await manager.query<[{ seq: number }[], number]>(
      `UPDATE rollout SET offered = offered + 1
        WHERE id = $1 AND state = 'running' AND NOT is_held AND offered - released < phase_cap
          AND (offered - confirmed - bad - released - excused <= 0
               OR (offered - confirmed - released - excused < greatest(first_window, confirmed / 4)
                   AND offered - confirmed - bad - released - excused < at_once))
        RETURNING offered AS seq`,
      [id],
    );
    return rows[0]?.seq ?? null;
  }

  /** What outcomes have come to. The rollout is locked. */
  async count(
    manager: EntityManager,
    id: number,
    { confirmed, bad, released, excused }: Deltas,
    { xLog, window }: Pick<Evaluation, 'xLog' | 'window'>,
  ): Promise<void> {
    await manager.query(
      `UPDATE rollout SET confirmed = confirmed + $2, bad = bad + $3, released = released + $4, excused = excused + $5,
                          x_log = $6, at_once = $7, updated_at = now()
        WHERE id = $1`,
      [id, confirmed, bad, released, excused, xLog, window],
    );
  }

  /** The rollout is locked. */
  async setProgress(
    manager: EntityManager,
    id: number,
    { index, settledAt }: PhaseProgress,
    phaseCap: number,
  ): Promise<void> {
    const phaseSettledAt = settledAt === null ? null : new Date(settledAt / 1_000);
    await manager.update(RolloutEntity, { id }, { phaseIndex: index, phaseSettledAt, phaseCap });
  }

  async setHeld(manager: EntityManager, id: number, isHeld: boolean): Promise<void> {
    await manager.update(RolloutEntity, { id }, { isHeld });
  }

  /** Every server hears of it when the transaction is committed. @param deviceIds whose offers have changed */
  async tell(manager: EntityManager, id: number, deviceIds: readonly number[] = []): Promise<void> {
    const told = deviceIds.length > MOST_TOLD ? '*' : deviceIds.join(',');
    await manager.query('SELECT pg_notify($1, $2)', [ROLLOUT_CHANGED, `${id}:${told}`]);
  }

  /** The id that the next rollout gets, unless another one is made meanwhile. */
  async findNextId(): Promise<number> {
    const [row] = await this.rollouts.query<[{ id: number }]>(
      `SELECT coalesce(pg_sequence_last_value(pg_get_serial_sequence('rollout', 'id')::regclass), 0) + 1 AS id`,
    );
    return row.id;
  }

  /** Other rollouts of a firmware that have offered it to devices. */
  async findEarlier(manager: EntityManager, firmwareId: number, id: number): Promise<number[]> {
    const rows = await manager.query<{ id: number }[]>(
      'SELECT id FROM rollout WHERE firmware_id = $1 AND id <> $2 AND offered > 0',
      [firmwareId, id],
    );
    return rows.map((row) => row.id);
  }

  /** Whether a rollout has offered this firmware to a device. */
  async hasOffered(manager: EntityManager, firmwareId: number): Promise<boolean> {
    const rows = await manager.query<unknown[]>(
      'SELECT FROM rollout WHERE firmware_id = $1 AND offered > 0 LIMIT 1',
      [firmwareId],
    );
    return rows.length > 0;
  }
}
