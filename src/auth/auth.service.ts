import { randomBytes } from 'node:crypto';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { AuditLog } from '../audit/audit.exports.js';
import { APP_CONFIG, type AppConfig } from '../config/app-config.js';
import { DomainError } from '../domain/errors.js';
import { isCheaperThanToday } from '../domain/password-cost.js';
import { passwordViolation } from '../domain/password-rule.js';
import type { Principal } from '../domain/principal.js';
import { quoted } from '../domain/quoted.js';
import { storableText } from '../domain/storable-text.js';
import { AdminUserRepository, type AdminUser } from './admin-user.repository.js';
import { AccessTokens } from './jwt/access-tokens.js';
import { LoginGate } from './login-gate.js';
import { refuseBadPassword, refuseToken } from './people-rules.js';
import { hashPassword, isRightPassword } from './passwords.js';
import { Principals } from './principals.js';
import { AdminSessionRepository } from './sessions/admin-session.repository.js';
import { userOnRecord } from './on-record.js';

export interface AccessToken {
  readonly token: string;
  readonly expiresInSeconds: number;
}

export interface PasswordChange {
  readonly current: string;
  /** See passwordViolation(). */
  readonly next: string;
}

const RANDOM_PASSWORD_BYTES = 15;

@Injectable()
export class AuthService {
  private readonly logger = new Logger('Auth');
  /** Of a password that nobody has: verifying against it takes as long for a user who does not exist. */
  private readonly nobodysHash = hashPassword(randomBytes(RANDOM_PASSWORD_BYTES).toString('base64url'));

  constructor(
    @Inject(APP_CONFIG) private readonly config: AppConfig,
    private readonly users: AdminUserRepository,
    private readonly sessions: AdminSessionRepository,
    private readonly gate: LoginGate,
    private readonly principals: Principals,
    private readonly tokens: AccessTokens,
    private readonly audit: AuditLog,
  ) {}

  /** As {@link verifyUser}. */
  async login(username: string, password: string, network: string): Promise<AccessToken> {
    const user = await this.verifyUser(username, password, network);
    const { ttlSeconds } = this.config.jwt;
    const token = await this.tokens.sign({ sub: String(user.id), epoch: user.tokenEpoch }, ttlSeconds);
    return { token, expiresInSeconds: ttlSeconds };
  }

  /**
   * @param network see clientNetwork()
   * @throws DomainError INVALID_CREDENTIALS, after the same time whether the user exists, is disabled or neither, and
   * TOO_MANY_ATTEMPTS, after the same number of failures
   */
  async verifyUser(username: string, password: string, network: string): Promise<AdminUser> {
    const name = storableText(username);
    const attempt = { username: name, network, isUser: false };
    const user = await this.gate.attempt(attempt, async () => {
      const found = await this.users.findByUsername(name);
      attempt.isUser = found !== null;
      const isRight = await isRightPassword(found?.passwordHash ?? (await this.nobodysHash), password);
      if (!found?.isActive || !isRight) return null;
      await this.raiseCost(found, password);
      return found;
    });
    if (user) return user;
    throw new DomainError('INVALID_CREDENTIALS', 'The user name or the password is wrong.');
  }

  /**
   * Ends every JWT of the user that was issued before, also the one that this was asked with, and the user's sessions but
   * the one that it was asked in.
   * @throws DomainError INVALID_CREDENTIALS when the current password is wrong, and TOO_MANY_ATTEMPTS
   */
  async changePassword(
    principal: Principal,
    { current, next }: PasswordChange,
    network: string,
  ): Promise<void> {
    refuseToken(principal, 'An API token changes no passwords: log in with a password.');
    refuseBadPassword(next);
    const user = await this.users.findById(principal.id);
    const isChanged =
      user &&
      (await this.gate.attempt({ username: user.username, network, isUser: true }, async () => {
        if (!(await isRightPassword(user.passwordHash, current))) return null;
        return (await this.replacePassword(principal, user, await hashPassword(next))) || null;
      }));
    if (!isChanged) throw new DomainError('INVALID_CREDENTIALS', 'The current password is wrong.');
    this.principals.forget();
    this.logger.log(
      `${quoted(principal.name)} changed the password; earlier tokens of that user have ended.`,
    );
  }

  /**
   * Makes the first admin of the configuration when there is none.
   * @returns the password if it was made up, to be shown this once; null otherwise
   */
  async ensureFirstAdmin(): Promise<string | null> {
    if (await this.users.hasAny()) return null;
    const { username, password: chosen } = this.config.admin;
    const password = chosen ?? randomBytes(RANDOM_PASSWORD_BYTES).toString('base64url');
    if (!(await this.insertFirst(username, await hashPassword(password)))) return null;
    this.logger.log(`Made the first admin "${username}".`);
    const violation = chosen === null ? null : passwordViolation(chosen);
    if (violation !== null) {
      this.logger.warn(
        `ADMIN_PASSWORD is weak: change it with \`ota admin password\`. ${violation.sentence}`,
      );
    }
    return chosen === null ? password : null;
  }

  /** A hash of earlier days is replaced by one at today's cost; without the password that is only possible now. */
  private async raiseCost({ id, passwordHash }: AdminUser, password: string): Promise<void> {
    if (!isCheaperThanToday(passwordHash)) return;
    await this.users.rehash(id, passwordHash, await hashPassword(password));
  }

  /** @returns false when it is not the password any more that was verified */
  private replacePassword(principal: Principal, user: AdminUser, passwordHash: string): Promise<boolean> {
    const { id, passwordHash: verified } = user;
    return this.users.change(async (manager) => {
      const isReplaced = await this.users.setPassword(
        manager,
        { id, passwordHash: verified, isActive: true },
        passwordHash,
      );
      if (!isReplaced) return false;
      await this.sessions.endAllOf(manager, id, principal.sessionId ?? null);
      await this.audit.record(manager, { by: principal, action: 'user.password', target: `user:${id}` });
      return true;
    });
  }

  /** @returns false when another server was faster */
  private insertFirst(username: string, passwordHash: string): Promise<boolean> {
    return this.users.change(async (manager) => {
      if (await this.users.hasAny(manager)) return false;
      const user = { username, passwordHash, role: 'admin', isActive: true } as const;
      const { id } = await this.users.insert(manager, user);
      const after = userOnRecord(user);
      await this.audit.record(manager, { by: null, action: 'user.create', target: `user:${id}`, after });
      return true;
    });
  }
}
