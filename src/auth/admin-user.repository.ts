import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository, type EntityManager } from 'typeorm';
import { inTransaction } from '../database/transaction.js';
import type { Role } from '../domain/permissions.js';
import { usernameKey } from '../domain/username.js';
import { AdminUserEntity } from './admin-user.entity.js';

/** Held by whoever changes users or makes tokens, so that what was looked at before a change still holds. */
const PEOPLE_LOCK = 4_007_018;

export type AdminUser = Readonly<AdminUserEntity>;

/** Who a user is, and which credentials of the user are accepted. */
export type UserAccess = Pick<AdminUser, 'id' | 'username' | 'role' | 'isActive' | 'tokenEpoch'>;

export type NewUser = Pick<AdminUser, 'username' | 'passwordHash' | 'role' | 'isActive'>;

export type UserChanges = Partial<NewUser>;

/** What a user may at the moment, and in which epoch the JWTs are that count. */
export interface UserNow {
  readonly role: Role;
  readonly epoch: number;
}

@Injectable()
export class AdminUserRepository {
  constructor(@InjectRepository(AdminUserEntity) private readonly users: Repository<AdminUserEntity>) {}

  findByUsername(username: string): Promise<AdminUser | null> {
    return this.users.findOneBy({ username });
  }

  findById(id: number, manager = this.users.manager): Promise<AdminUser | null> {
    return manager.findOneBy(AdminUserEntity, { id });
  }

  /** In the order of their names. */
  async list(skip: number, take: number): Promise<{ users: AdminUser[]; total: number }> {
    const [users, total] = await this.users.findAndCount({ order: { username: 'ASC' }, skip, take });
    return { users, total };
  }

  /** In the order of their names. */
  async findUsernames(): Promise<string[]> {
    const users = await this.users.find({ select: { username: true }, order: { username: 'ASC' } });
    return users.map(({ username }) => username);
  }

  findAccess(): Promise<UserAccess[]> {
    return this.users.find({
      select: { id: true, username: true, role: true, isActive: true, tokenEpoch: true },
    });
  }

  /** Locked until the transaction ends, so that nobody disables or demotes the user. @returns null when disabled or gone */
  async lockActive(manager: EntityManager, id: number): Promise<UserNow | null> {
    const [user] = await manager.query<UserNow[]>(
      'SELECT role, token_epoch AS epoch FROM admin_user WHERE id = $1 AND is_active FOR SHARE',
      [id],
    );
    return user ?? null;
  }

  hasAny(manager = this.users.manager): Promise<boolean> {
    return manager.exists(AdminUserEntity);
  }

  /** Runs `work` in a transaction, while nobody else changes users or makes tokens. */
  change<T>(work: (manager: EntityManager) => Promise<T>): Promise<T> {
    return inTransaction(this.users.manager, async (manager) => {
      await manager.query('SELECT pg_advisory_xact_lock($1)', [PEOPLE_LOCK]);
      return work(manager);
    });
  }

  /** @returns another user who has the name, or one that differs from it by Unicode only */
  async findRival(manager: EntityManager, username: string, exceptId: number): Promise<string | null> {
    const [rival] = await manager.query<{ username: string }[]>(
      `SELECT username FROM admin_user WHERE (username = $1 OR username_key = $2) AND id <> $3
        ORDER BY username = $1 DESC LIMIT 1`,
      [username, usernameKey(username), exceptId],
    );
    return rival?.username ?? null;
  }

  async insert(manager: EntityManager, user: NewUser): Promise<AdminUser> {
    const { identifiers } = await manager.insert(AdminUserEntity, {
      ...user,
      usernameKey: usernameKey(user.username),
    });
    return manager.findOneByOrFail(AdminUserEntity, { id: Number(identifiers[0]?.['id']) });
  }

  /** @param endsTokens whether JWTs that were issued before end */
  async update(
    manager: EntityManager,
    id: number,
    changes: UserChanges,
    endsTokens: boolean,
  ): Promise<AdminUser> {
    await manager.update(
      AdminUserEntity,
      { id },
      {
        ...changes,
        ...(changes.username !== undefined && { usernameKey: usernameKey(changes.username) }),
        ...(endsTokens && { tokenEpoch: () => 'token_epoch + 1' }),
        updatedAt: () => 'now()',
      },
    );
    return manager.findOneByOrFail(AdminUserEntity, { id });
  }

  async delete(manager: EntityManager, id: number): Promise<void> {
    await manager.delete(AdminUserEntity, { id });
  }

  /** Whether a user other than this one is an admin who is not disabled. */
  hasOtherAdmin(manager: EntityManager, id: number): Promise<boolean> {
    return manager
      .createQueryBuilder(AdminUserEntity, 'user')
      .where({ role: 'admin', isActive: true })
      .andWhere('user.id <> :id', { id })
      .getExists();
  }

  /**
   * Replaces the hash of a password that was verified, while it is still that one. Tokens stay as they are.
   */
  async rehash(id: number, from: string, passwordHash: string): Promise<void> {
    await this.users.update({ id, passwordHash: from }, { passwordHash });
  }

  /**
   * Sets the password and ends all JWTs that were issued before.
   * @param of the user, found by what is given
   * @returns false when there is no such user
   */
  async setPassword(
    manager: EntityManager,
    of: Partial<Pick<AdminUserEntity, 'id' | 'username' | 'passwordHash' | 'isActive'>>,
    passwordHash: string,
  ): Promise<boolean> {
    const { affected } = await manager.update(AdminUserEntity, of, {
      passwordHash,
      tokenEpoch: () => 'token_epoch + 1',
      updatedAt: () => 'now()',
    });
    return affected === 1;
  }
}
