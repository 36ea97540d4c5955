import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { AuditLog } from '../audit/audit.exports.js';
import { DomainError } from '../domain/errors.js';
import { may } from '../domain/permissions.js';
import type { Principal } from '../domain/principal.js';
import { AdminUserRepository } from './admin-user.repository.js';
import { ApiTokenRepository } from './tokens/api-token.repository.js';

/**
 * Looks again, in the transaction of a change, whether whoever asked for it still may. Between the guard and the change
 * a request may have waited, for its body or for a lock, while its user was disabled.
 */
@Injectable()
export class LiveAccess {
  constructor(
    private readonly users: AdminUserRepository,
    private readonly tokens: ApiTokenRepository,
    audit: AuditLog,
  ) {
    audit.checkActors(async (manager, principal, target) => {
      // By then a change of oneself has been made: it was checked before.
      if (target !== `user:${principal.id}` && target !== `token:${principal.token?.id ?? ''}`)
        await this.require(manager, principal);
    });
  }

  /** Nobody takes the access away until the transaction ends. @throws DomainError ACCESS_ENDED */
  async require(manager: EntityManager, { id, role, token }: Principal): Promise<void> {
    const user = await this.users.lockActive(manager, id);
    const isLive =
      user !== null && may(user.role, role) && (!token || (await this.isLive(manager, token.id)));
    if (isLive) return;
    throw new DomainError(
      'ACCESS_ENDED',
      'Your access ended while this was waiting, and nothing was changed.',
    );
  }

  private async isLive(manager: EntityManager, tokenId: number): Promise<boolean> {
    const token = await this.tokens.findLiveById(manager, tokenId);
    return token !== null && (token.expiresAt === null || token.expiresAt.getTime() > Date.now());
  }
}
