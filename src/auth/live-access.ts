import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { AuditLog } from '../audit/audit.exports.js';
import { DomainError } from '../domain/errors.js';
import { may } from '../domain/permissions.js';
import type { Principal } from '../domain/principal.js';
import { AdminUserRepository } from './admin-user.repository.js';
import { AdminSessionRepository } from './sessions/admin-session.repository.js';
import { ApiTokenRepository } from './tokens/api-token.repository.js';

/**
 * Looks again, in the transaction of a change, whether whoever asked for it still may. Between the guard and the change
 * a request may have waited, for its body or for a lock, while its user was disabled or changed the password.
 */
@Injectable()
export class LiveAccess {
  constructor(
    private readonly users: AdminUserRepository,
    private readonly tokens: ApiTokenRepository,
    private readonly sessions: AdminSessionRepository,
    audit: AuditLog,
  ) {
    audit.checkActors(async (manager, principal, target) => {
      // By then a change of oneself has been made: it was checked before.
      if (target !== `user:${principal.id}` && target !== `token:${principal.token?.id ?? ''}`)
        await this.require(manager, principal);
    });
  }

  /** Nobody takes the access away until the transaction ends. @throws DomainError ACCESS_ENDED */
  async require(manager: EntityManager, principal: Principal): Promise<void> {
    const { id, role, epoch } = principal;
    const user = await this.users.lockActive(manager, id);
    const isSame = user !== null && may(user.role, role) && (epoch === undefined || user.epoch === epoch);
    if (isSame && (await this.isLive(manager, principal))) return;
    throw new DomainError(
      'ACCESS_ENDED',
      'Your access ended while this was waiting, and nothing was changed.',
    );
  }

  private async isLive(manager: EntityManager, { token: sent, sessionId }: Principal): Promise<boolean> {
    if (!sent) return typeof sessionId !== 'number' || this.sessions.isLive(manager, sessionId);
    const token = await this.tokens.findLiveById(manager, sent.id);
    return token !== null && (token.expiresAt === null || token.expiresAt.getTime() > Date.now());
  }
}
