import { Injectable, Logger } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { AuditLog } from '../../audit/audit.exports.js';
import { apiTokenHash, newApiToken, visibleBeginning } from '../../domain/api-token.js';
import { DomainError } from '../../domain/errors.js';
import { may, type Role } from '../../domain/permissions.js';
import type { Principal } from '../../domain/principal.js';
import { quoted } from '../../domain/quoted.js';
import { AdminUserRepository } from '../admin-user.repository.js';
import { LiveAccess } from '../live-access.js';
import { refuseToken, roleOf } from '../people-rules.js';
import { Principals } from '../principals.js';
import { ApiTokenRepository, type ApiToken } from './api-token.repository.js';
import { tokenOnRecord } from '../on-record.js';

/** All are in the memory of every server. */
const MAX_PER_USER = 1000;

export interface TokenRequest {
  readonly name: string;
  /** As it was sent; see roleOf(). */
  readonly role: string;
  readonly expiresAt: Date | null;
}

/** A token beside the name of its user. */
export type OwnedToken = ApiToken & { readonly username: string };

/** The tokens that users make for their programs. */
@Injectable()
export class ApiTokensService {
  private readonly logger = new Logger('Tokens');

  constructor(
    private readonly tokens: ApiTokenRepository,
    private readonly users: AdminUserRepository,
    private readonly live: LiveAccess,
    private readonly principals: Principals,
    private readonly audit: AuditLog,
  ) {}

  /** One's own, or all for an admin; the newest first. */
  async list(
    { id, role }: Principal,
    skip: number,
    limit: number,
  ): Promise<{ tokens: OwnedToken[]; total: number }> {
    const { tokens, total } = await this.tokens.list(may(role, 'admin') ? null : id, skip, limit);
    const users = await this.users.findAccess();
    const names = new Map(users.map((user) => [user.id, user.username]));
    return {
      tokens: tokens.map((token) => ({ ...token, username: names.get(token.userId) ?? '' })),
      total,
    };
  }

  /**
   * @returns the token as text, which nobody can find out later
   * @throws DomainError TOKEN_NOT_ALLOWED, ROLE_UNKNOWN, ROLE_TOO_HIGH, EXPIRY_IN_PAST, TOKEN_NAME_TAKEN, TOO_MANY_TOKENS
   */
  async create(
    principal: Principal,
    { name, role: wanted, expiresAt }: TokenRequest,
  ): Promise<{ token: OwnedToken; text: string }> {
    refuseToken(principal, 'An API token makes no tokens: log in with a password.');
    const role = roleOf(wanted);
    if (expiresAt && expiresAt.getTime() <= Date.now()) {
      const when = expiresAt.toISOString();
      throw new DomainError('EXPIRY_IN_PAST', `The token would expire at ${when}, which is past.`);
    }
    const text = newApiToken();
    const token = await this.users.change(async (manager) => {
      // The principal is up to a second old.
      await this.live.require(manager, principal);
      refuseHigherRole(role, principal.role);
      await this.refuseName(manager, principal.id, name);
      const made = await this.tokens.insert(manager, {
        userId: principal.id,
        name,
        role,
        tokenPrefix: visibleBeginning(text),
        tokenHash: apiTokenHash(text),
        expiresAt,
      });
      const entry = { action: 'token.create', target: `token:${made.id}`, after: tokenOnRecord(made) };
      await this.audit.record(manager, { by: principal, ...entry });
      return made;
    });
    this.changed(`${quoted(principal.name)} made the token ${quoted(name)} with the role ${role}.`);
    return { token: { ...token, username: principal.name }, text };
  }

  /** @throws DomainError TOKEN_NOT_FOUND, also for another user's token unless an admin asks, and TOKEN_NOT_ALLOWED */
  async revoke(principal: Principal, id: number): Promise<void> {
    const token = await this.users.change(async (manager) => {
      const found = await this.tokens.findLiveById(manager, id);
      const isOwn = found?.userId === principal.id;
      if (!found || !(isOwn || may(principal.role, 'admin'))) {
        const whose = may(principal.role, 'admin') ? '' : ' of yours';
        throw new DomainError('TOKEN_NOT_FOUND', `There is no token ${id}${whose}.`);
      }
      refuseHigherToken(principal, found.role);
      await this.tokens.revoke(manager, id);
      const entry = { action: 'token.revoke', target: `token:${id}`, before: tokenOnRecord(found) };
      await this.audit.record(manager, { by: principal, ...entry });
      return found;
    });
    this.changed(`${quoted(principal.name)} revoked the token ${quoted(token.name)}.`);
  }

  private async refuseName(manager: EntityManager, userId: number, name: string): Promise<void> {
    const names = await this.tokens.findNames(manager, userId);
    if (names.includes(name)) {
      throw new DomainError('TOKEN_NAME_TAKEN', `You have a token ${quoted(name)} already.`);
    }
    if (names.length < MAX_PER_USER) return;
    const sentence = `You have ${names.length} tokens, which is the most that a user may have.`;
    throw new DomainError('TOO_MANY_TOKENS', sentence);
  }

  private changed(line: string): void {
    this.principals.forget();
    this.logger.log(line);
  }
}

function refuseHigherRole(wanted: Role, own: Role): void {
  if (may(own, wanted)) return;
  throw new DomainError(
    'ROLE_TOO_HIGH',
    `The role ${wanted} is higher than yours, ${own}: a token has its user's role at most.`,
  );
}

/** Who has a token that reads must not be able to stop what publishes. */
function refuseHigherToken(principal: Principal, role: Role): void {
  if (!may(principal.role, role)) {
    refuseToken(principal, `An API token of the role ${principal.role} revokes none of the role ${role}.`);
  }
}
