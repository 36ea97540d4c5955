import { Injectable, Logger } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { AuditLog } from '../../audit/audit.exports.js';
import { inTransaction } from '../../database/transaction.js';
import { DomainError } from '../../domain/errors.js';
import type { Principal } from '../../domain/principal.js';
import { quoted } from '../../domain/quoted.js';
import { AdminUserRepository, type AdminUser } from '../admin-user.repository.js';
import { AuthService } from '../auth.service.js';
import { AccessTokens } from '../jwt/access-tokens.js';
import { Principals } from '../principals.js';
import { AdminSessionRepository } from './admin-session.repository.js';
import { newCookie, readCookie, type CookieHashes } from './session-cookie.js';
import { endedSessionOnRecord } from '../on-record.js';

/** Lifetime of a JWT that a session gives out. */
const ACCESS_SECONDS = 900;
/** After this time a browser logs in again, however often it was used. */
const SESSION_MS = 30 * 24 * 3600 * 1000;

/** Who asks, from where. */
export interface Client {
  /** See clientNetwork(). */
  readonly network: string;
  readonly address: string | null;
}

/** What a browser gets when it logs in and with each refresh. */
export interface OpenSession {
  readonly accessToken: string;
  readonly expiresInSeconds: number;
  readonly cookie: string;
  readonly cookieExpiresAt: Date;
}

/** Sessions of browsers: a JWT for a quarter of an hour, and a cookie that is good for one refresh. */
@Injectable()
export class SessionsService {
  private readonly logger = new Logger('Sessions');

  constructor(
    private readonly auth: AuthService,
    private readonly users: AdminUserRepository,
    private readonly sessions: AdminSessionRepository,
    private readonly tokens: AccessTokens,
    private readonly principals: Principals,
    private readonly audit: AuditLog,
  ) {}

  /** @throws DomainError INVALID_CREDENTIALS and TOO_MANY_ATTEMPTS, as a login */
  async begin(username: string, password: string, { network, address }: Client): Promise<OpenSession> {
    const verified = await this.auth.verifyUser(username, password, network);
    const cookie = newCookie(null);
    const { familyHash, refreshHash } = cookie;
    const expiresAt = new Date(Date.now() + SESSION_MS);
    const { user, id } = await this.users.change(async (manager) => {
      const now = await this.users.findById(verified.id, manager);
      // The user may have been disabled since, or have another password.
      if (!now?.isActive || now.tokenEpoch !== verified.tokenEpoch) {
        throw new DomainError('INVALID_CREDENTIALS', 'The user name or the password is wrong.');
      }
      const begun = await this.sessions.insert(manager, {
        userId: now.id,
        familyHash,
        refreshHash,
        expiresAt,
      });
      const entry = { by: principalOf(now, address), action: 'session.create', target: `session:${begun}` };
      await this.audit.record(manager, entry);
      return { user: now, id: begun };
    });
    return this.open(user, id, cookie.value, expiresAt);
  }

  /**
   * Exchanges the cookie for another one. One that was exchanged before ends its session: a thief may have done it.
   * @returns null when there is no session
   */
  async refresh(value: string): Promise<OpenSession | null> {
    const hashes = readCookie(value);
    if (!hashes) return null;
    const next = newCookie(value);
    const session = await inTransaction(this.sessions.manager, async (manager) => {
      const rotated = await this.sessions.rotate(manager, hashes, next.refreshHash);
      if (!rotated) await this.endReused(manager, hashes);
      return rotated;
    });
    if (!session) return null;
    const user = await this.users.findById(session.userId);
    return user?.isActive ? this.open(user, session.id, next.value, session.expiresAt) : null;
  }

  /** Ends the session of a cookie, if there is one, and what it has given out. */
  async end(value: string, address: string | null): Promise<void> {
    const hashes = readCookie(value);
    if (!hashes) return;
    await inTransaction(this.sessions.manager, async (manager) => {
      const ended = await this.sessions.end(manager, hashes.familyHash);
      const user = ended && (await this.users.findById(ended.userId, manager));
      if (!user) return;
      const entry = { by: principalOf(user, address), action: 'session.end', target: `session:${ended.id}` };
      await this.audit.record(manager, entry);
    });
    this.principals.forget();
  }

  private async endReused(manager: EntityManager, { familyHash }: CookieHashes): Promise<void> {
    const ended = await this.sessions.end(manager, familyHash);
    if (!ended || ended.expiresAt.getTime() <= Date.now()) return;
    const { id, userId } = ended;
    this.logger.warn(`Session ${id} of user ${userId} has ended: its cookie was used a second time.`);
    const after = endedSessionOnRecord(userId, 'its cookie was used a second time');
    await this.audit.record(manager, { by: null, action: 'session.end', target: `session:${id}`, after });
  }

  private async open(user: AdminUser, sid: number, cookie: string, until: Date): Promise<OpenSession> {
    const claims = { sub: String(user.id), epoch: user.tokenEpoch, sid };
    const accessToken = await this.tokens.sign(claims, ACCESS_SECONDS);
    this.logger.debug(`${quoted(user.username)} got a token of session ${sid}.`);
    return { accessToken, expiresInSeconds: ACCESS_SECONDS, cookie, cookieExpiresAt: until };
  }
}

const principalOf = ({ id, username, role }: AdminUser, address: string | null): Principal => ({
  id,
  name: username,
  role,
  via: 'password',
  token: null,
  address,
});
