import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { MoreThan, Repository, type EntityManager } from 'typeorm';
import { AdminSessionEntity } from './admin-session.entity.js';

/** Sessions of one user; the oldest ones make room. */
const PER_USER = 100;

export type NewSession = Pick<AdminSessionEntity, 'userId' | 'familyHash' | 'refreshHash' | 'expiresAt'>;

export interface SessionRow {
  readonly id: number;
  readonly userId: number;
  readonly expiresAt: Date;
}

@Injectable()
export class AdminSessionRepository {
  constructor(
    @InjectRepository(AdminSessionEntity) private readonly sessions: Repository<AdminSessionEntity>,
  ) {}

  get manager(): EntityManager {
    return this.sessions.manager;
  }

  isLive(manager: EntityManager, id: number): Promise<boolean> {
    return manager.existsBy(AdminSessionEntity, { id, expiresAt: MoreThan(new Date()) });
  }

  async findLiveIds(): Promise<number[]> {
    const found = await this.sessions.find({
      select: { id: true },
      where: { expiresAt: MoreThan(new Date()) },
    });
    return found.map(({ id }) => id);
  }

  /** Sessions that have expired, of all users, go at the same time. @returns its id */
  async insert(manager: EntityManager, session: NewSession): Promise<number> {
    await manager.query('DELETE FROM admin_session WHERE expires_at <= now()');
    await manager.query(
      `DELETE FROM admin_session WHERE id IN
         (SELECT id FROM admin_session WHERE user_id = $1 ORDER BY id DESC OFFSET $2)`,
      [session.userId, PER_USER - 1],
    );
    const { identifiers } = await manager.insert(AdminSessionEntity, session);
    return Number(identifiers[0]?.['id']);
  }

  /** Replaces the part of the cookie that is good once. @returns null when it is not the session's present one */
  async rotate(
    manager: EntityManager,
    { familyHash, refreshHash }: Pick<AdminSessionEntity, 'familyHash' | 'refreshHash'>,
    next: Buffer,
  ): Promise<SessionRow | null> {
    const [rows] = await manager.query<[{ id: number; user_id: number; expires_at: Date }[], number]>(
      `UPDATE admin_session SET refresh_hash = $3, last_used_at = now()
        WHERE family_hash = $1 AND refresh_hash = $2 AND expires_at > now()
        RETURNING id, user_id, expires_at`,
      [familyHash, refreshHash, next],
    );
    return toRow(rows[0]);
  }

  /** @returns the session that has ended; null when there was none */
  async end(manager: EntityManager, familyHash: Buffer): Promise<SessionRow | null> {
    const [rows] = await manager.query<[{ id: number; user_id: number; expires_at: Date }[], number]>(
      'DELETE FROM admin_session WHERE family_hash = $1 RETURNING id, user_id, expires_at',
      [familyHash],
    );
    return toRow(rows[0]);
  }

  /** @param exceptId a session that goes on; null: none */
  async endAllOf(manager: EntityManager, userId: number, exceptId: number | null): Promise<void> {
    await manager.query('DELETE FROM admin_session WHERE user_id = $1 AND id IS DISTINCT FROM $2', [
      userId,
      exceptId,
    ]);
  }
}

const toRow = (row: { id: number; user_id: number; expires_at: Date } | undefined): SessionRow | null =>
  row ? { id: row.id, userId: row.user_id, expiresAt: row.expires_at } : null;
