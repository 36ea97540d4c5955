import { Injectable, Logger } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { AuditLog } from '../../audit/audit.exports.js';
import { DomainError } from '../../domain/errors.js';
import type { Principal } from '../../domain/principal.js';
import { quoted } from '../../domain/quoted.js';
import { AdminUserRepository, type AdminUser } from '../admin-user.repository.js';
import { hashPassword } from '../passwords.js';
import { LiveAccess } from '../live-access.js';
import { refuseBadPassword, refuseBadUsername, refuseToken, roleOf } from '../people-rules.js';
import { Principals } from '../principals.js';
import { AdminSessionRepository } from '../sessions/admin-session.repository.js';
import { userOnRecord } from '../on-record.js';

export interface UserRequest {
  readonly username: string;
  readonly password: string;
  /** As it was sent; see roleOf(). */
  readonly role: string;
  readonly isActive: boolean;
}

/** For admins: who may use the server, and as what. */
@Injectable()
export class UsersService {
  private readonly logger = new Logger('Users');

  constructor(
    private readonly users: AdminUserRepository,
    private readonly sessions: AdminSessionRepository,
    private readonly principals: Principals,
    private readonly audit: AuditLog,
    private readonly live: LiveAccess,
  ) {}

  list(_principal: Principal, skip: number, limit: number): Promise<{ users: AdminUser[]; total: number }> {
    return this.users.list(skip, limit);
  }

  /**
   * A token makes none: whoever stole it would keep a way in after it is revoked.
   * @throws DomainError TOKEN_NOT_ALLOWED, for a name, role or password that may not be, and USERNAME_TAKEN,
   * USERNAME_CONFUSABLE
   */
  async create(principal: Principal, request: UserRequest): Promise<AdminUser> {
    refuseToken(principal, 'An API token makes no users: log in with a password.');
    const { username, password, isActive } = request;
    refuseBadUsername(username);
    refuseBadPassword(password);
    const role = roleOf(request.role);
    const passwordHash = await hashPassword(password);
    const user = await this.users.change(async (manager) => {
      await this.refuseRival(manager, username, 0);
      const made = await this.users.insert(manager, { username, passwordHash, role, isActive });
      const entry = { action: 'user.create', target: `user:${made.id}`, after: userOnRecord(made) };
      await this.audit.record(manager, { by: principal, ...entry });
      return made;
    });
    this.changed(`${quoted(principal.name)} created the user ${quoted(username)} with the role ${role}.`);
    return user;
  }

  /**
   * A new password, or being disabled, ends the user's sessions and JWTs; a role has its effect at once.
   * @throws DomainError as {@link create}, and USER_NOT_FOUND, LAST_ADMIN
   */
  async update(principal: Principal, id: number, request: Partial<UserRequest>): Promise<AdminUser> {
    const { username, password, isActive } = request;
    if (username !== undefined) refuseBadUsername(username);
    const role = request.role === undefined ? undefined : roleOf(request.role);
    if (role !== undefined || isActive === true)
      refuseToken(principal, 'An API token gives no access to anybody: log in with a password.');
    if (password !== undefined) {
      refuseToken(principal, 'An API token changes no passwords: log in with a password.');
      refuseBadPassword(password);
    }
    const passwordHash = password === undefined ? undefined : await hashPassword(password);
    const changes = {
      ...(username !== undefined && { username }),
      ...(role !== undefined && { role }),
      ...(isActive !== undefined && { isActive }),
      ...(passwordHash !== undefined && { passwordHash }),
    };
    const user = await this.users.change(async (manager) => {
      await this.live.require(manager, principal);
      const before = await this.get(manager, id);
      const wanted = { ...before, ...changes };
      if (wanted.username !== before.username) await this.refuseRival(manager, wanted.username, id);
      if (wanted.role !== 'admin' || !wanted.isActive) await this.refuseLastAdmin(manager, before);
      const isUnchanged = JSON.stringify(userOnRecord(wanted)) === JSON.stringify(userOnRecord(before));
      if (isUnchanged && passwordHash === undefined) return before;

      const endsAccess = passwordHash !== undefined || !wanted.isActive;
      const after = await this.users.update(manager, id, changes, endsAccess);
      if (endsAccess) await this.sessions.endAllOf(manager, id, null);
      await this.audit.record(manager, {
        by: principal,
        action: 'user.update',
        target: `user:${id}`,
        before: userOnRecord(before),
        after: { ...userOnRecord(after), ...(passwordHash !== undefined && { has_new_password: true }) },
      });
      return after;
    });
    this.changed(
      `${quoted(principal.name)} changed the user ${quoted(user.username)}: ${Object.keys(request).join(', ')}.`,
    );
    return user;
  }

  /** Ends the user's tokens and sessions, too. @throws DomainError USER_NOT_FOUND and LAST_ADMIN */
  async remove(principal: Principal, id: number): Promise<void> {
    const user = await this.users.change(async (manager) => {
      const before = await this.get(manager, id);
      await this.refuseLastAdmin(manager, before);
      await this.users.delete(manager, id);
      const entry = { action: 'user.delete', target: `user:${id}`, before: userOnRecord(before) };
      await this.audit.record(manager, { by: principal, ...entry });
      return before;
    });
    this.changed(`${quoted(principal.name)} deleted the user ${quoted(user.username)}.`);
  }

  private changed(line: string): void {
    this.principals.forget();
    this.logger.log(line);
  }

  private async get(manager: EntityManager, id: number): Promise<AdminUser> {
    const user = await this.users.findById(id, manager);
    if (user) return user;
    throw new DomainError('USER_NOT_FOUND', `There is no user ${id}.`);
  }

  private async refuseRival(manager: EntityManager, username: string, exceptId: number): Promise<void> {
    const rival = await this.users.findRival(manager, username, exceptId);
    if (rival === null) return;
    throw rival === username
      ? new DomainError('USERNAME_TAKEN', `There is a user ${quoted(rival)} already.`)
      : new DomainError(
          'USERNAME_CONFUSABLE',
          `The user name differs from that of the user ${quoted(rival)} in capitals or Unicode forms only.`,
        );
  }

  /** @param user who is to be an admin no longer */
  private async refuseLastAdmin(manager: EntityManager, { id, role, isActive }: AdminUser): Promise<void> {
    if (role !== 'admin' || !isActive || (await this.users.hasOtherAdmin(manager, id))) return;
    throw new DomainError(
      'LAST_ADMIN',
      'This is the last active admin, which cannot be deleted, disabled or given a lower role.',
    );
  }
}
