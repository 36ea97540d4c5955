import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { And, Equal, LessThan, MoreThan, MoreThanOrEqual, Repository, type EntityManager } from 'typeorm';
import { inTransaction, type TransactionLimits } from '../database/transaction.js';
import { auditHash, FIRST_HASH, type AuditFacts, type Json } from '../domain/audit-chain.js';
import { AuditLogEntity } from './audit-log.entity.js';

/** The two ends of the chain. */
export interface AuditHead {
  /** Of the oldest row that is kept; `lastId + 1` while there is none. */
  readonly firstId: number;
  /** That the oldest row holds of the one before it. */
  readonly previousHash: string;
  /** Says that this server cut the log before the oldest row; null: it was never cut. */
  readonly cutSignature: string | null;
  /** 0 while there is no row. */
  readonly lastId: number;
  readonly lastHash: string;
}

/** Where the log begins from now on. */
export type Cut = Pick<AuditHead, 'firstId' | 'previousHash' | 'cutSignature'>;

export interface AuditFilter {
  readonly actor?: string | undefined;
  readonly action?: string | undefined;
  readonly target?: string | undefined;
  /** Then or later. */
  readonly since?: Date | undefined;
  /** Earlier. */
  readonly until?: Date | undefined;
}

export interface AuditPaging {
  readonly skip: number;
  readonly limit: number;
  /** Rows after this id, the oldest first; undefined: the newest first. */
  readonly afterId?: number | undefined;
}

export interface AuditPage {
  readonly rows: readonly AuditLogEntity[];
  readonly total: number;
}

/** A row that has just been added. */
export type AddedRow = AuditFacts & Pick<AuditLogEntity, 'id'>;
export type AddedRowListener = (manager: EntityManager, row: AddedRow) => Promise<void>;

/** Rows that one statement deletes. */
const BITE = 5_000;

const NO_ROWS: AuditHead = {
  firstId: 1,
  previousHash: FIRST_HASH,
  cutSignature: null,
  lastId: 0,
  lastHash: FIRST_HASH,
};
const HEAD = `SELECT first_id AS "firstId", previous_hash AS "previousHash", cut_signature AS "cutSignature",
                     last_id AS "lastId", last_hash AS "lastHash" FROM audit_head`;

@Injectable()
export class AuditRepository {
  private added: AddedRowListener = () => Promise.resolve();

  constructor(@InjectRepository(AuditLogEntity) private readonly rows: Repository<AuditLogEntity>) {}

  /** For programs that run beside the server. */
  static of(manager: EntityManager): AuditRepository {
    return new AuditRepository(manager.getRepository(AuditLogEntity));
  }

  transaction<T>(
    work: (manager: EntityManager) => Promise<T>,
    limits: Partial<TransactionLimits> = {},
  ): Promise<T> {
    return inTransaction(this.rows.manager, work, limits);
  }

  /** Who is told of each row in its transaction. */
  whenAdded(listener: AddedRowListener): void {
    this.added = listener;
  }

  async head(): Promise<AuditHead> {
    const [head = NO_ROWS] = await this.rows.query<AuditHead[]>(HEAD);
    return head;
  }

  /** The head, which nobody else moves until the transaction ends. */
  async lockHead(manager: EntityManager): Promise<AuditHead> {
    const [head] = await manager.query<AuditHead[]>(`${HEAD} FOR UPDATE`);
    if (head) return head;
    await manager.query(
      `INSERT INTO audit_head (first_id, previous_hash, last_id, last_hash) VALUES ($1, $2, $3, $4)
       ON CONFLICT DO NOTHING`,
      [NO_ROWS.firstId, NO_ROWS.previousHash, NO_ROWS.lastId, NO_ROWS.lastHash],
    );
    return this.lockHead(manager);
  }

  /**
   * Adds a row at the end of the chain, in the transaction of the caller: others that add one wait until it ends, so it
   * should be the last thing that the transaction does.
   * @param cut the row says that the log begins there from now on
   */
  async append(manager: EntityManager, facts: AuditFacts, cut?: Cut): Promise<void> {
    const head = await this.lockHead(manager);
    const place = { id: head.lastId + 1, previousHash: head.lastHash };
    const hash = auditHash({ ...facts, ...place });
    await manager.query(
      `INSERT INTO audit_log (id, at, actor_kind, actor_id, actor_name, address, request_id, action, target, before,
                              after, result, previous_hash, hash)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`,
      [
        place.id,
        facts.at,
        facts.actorKind,
        facts.actorId,
        facts.actorName,
        facts.address,
        facts.requestId,
        facts.action,
        facts.target,
        jsonText(facts.before),
        jsonText(facts.after),
        facts.result,
        place.previousHash,
        hash,
      ],
    );
    const { firstId, previousHash, cutSignature } = cut ?? head;
    await manager.query(
      `UPDATE audit_head
          SET last_id = $1, last_hash = $2, first_id = $3, previous_hash = $4, cut_signature = $5`,
      [place.id, hash, firstId, previousHash, cutSignature],
    );
    await this.added(manager, { ...facts, id: place.id });
  }

  /** @returns the newest row of those at the old end of the log that are older than a time; null when there is none */
  async lastBefore(
    manager: EntityManager,
    { firstId, lastId }: AuditHead,
    time: Date,
  ): Promise<Pick<AuditLogEntity, 'id' | 'hash'> | null> {
    const [row] = await manager.query<Pick<AuditLogEntity, 'id' | 'hash'>[]>(
      `SELECT id, hash FROM audit_log
        WHERE id >= $1 AND id = coalesce((SELECT min(id) FROM audit_log WHERE id >= $1 AND at >= $2), $3) - 1`,
      [firstId, time, lastId + 1],
    );
    return row ?? null;
  }

  /** Deletes rows that the log was cut before. @returns whether there may be more */
  async deleteCut(): Promise<boolean> {
    return this.transaction(async (manager) => {
      const [, deleted] = await manager.query<[unknown[], number]>(
        `DELETE FROM audit_log WHERE id IN
          (SELECT id FROM audit_log WHERE id < (SELECT first_id FROM audit_head) ORDER BY id LIMIT ${BITE})`,
      );
      return deleted === BITE;
    });
  }

  async list(filter: AuditFilter, { skip, limit, afterId }: AuditPaging): Promise<AuditPage> {
    const { firstId, lastId } = await this.head();
    // What was cut may not be deleted yet.
    const after = Math.max(afterId ?? 0, firstId - 1);
    const conditions = conditionsOf(filter);
    const found = this.rows.createQueryBuilder('row').where({ ...conditions, id: MoreThan(after) });
    // Ids have no gaps. What a filter finds is counted in its index.
    const isFiltered = Object.keys(conditions).length > 0;
    const total = isFiltered ? await found.getCount() : Math.max(lastId - after, 0);
    const order = afterId === undefined ? 'DESC' : 'ASC';
    return { rows: await found.orderBy('row.id', order).skip(skip).take(limit).getMany(), total };
  }
}

const jsonText = (value: Json): string | null => (value === null ? null : JSON.stringify(value));

function conditionsOf({
  actor,
  action,
  target,
  since,
  until,
}: AuditFilter): Readonly<Record<string, unknown>> {
  const times = [since && MoreThanOrEqual(since), until && LessThan(until)].filter(
    (time) => time !== undefined,
  );
  return {
    ...(actor !== undefined && { actorName: Equal(actor) }),
    ...(action !== undefined && { action: Equal(action) }),
    ...(target !== undefined && { target: Equal(target) }),
    ...(times.length > 0 && { at: And(...times) }),
  };
}
