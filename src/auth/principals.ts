import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { ChangeFeed } from '../database/change-feed.js';
import { apiTokenHash, isApiToken } from '../domain/api-token.js';
import { lowerRole } from '../domain/permissions.js';
import type { Principal } from '../domain/principal.js';
import { AdminUserRepository, type UserAccess } from './admin-user.repository.js';
import { AdminSessionRepository } from './sessions/admin-session.repository.js';
import { ApiTokenRepository, type TokenAccess } from './tokens/api-token.repository.js';

/** A principal, wherever the request comes from. */
export type Identity = Omit<Principal, 'address'>;

/** How old the memory may be: within this time a change has its effect on every server, heard or not. */
const MAX_AGE_MS = 1_000;
/** Between two reads for credentials that are not known, which anybody may send at any rate. */
const UNKNOWN_PAUSE_MS = 20;

/** What a JWT says: the id of the user (RFC 7519 §4.1.2), and the epoch that it was issued in. */
export interface TokenClaims {
  readonly sub: string;
  /** Absent in tokens of earlier versions, which belong to the first epoch. */
  readonly epoch?: number;
  /** The session of a browser that it was issued for, with which it ends. */
  readonly sid?: number;
  /** Seconds since 1970. */
  readonly exp?: number;
}

interface Known {
  readonly users: ReadonlyMap<number, UserAccess>;
  /** By the hash, in hex. */
  readonly tokens: ReadonlyMap<string, TokenAccess>;
  readonly sessions: ReadonlySet<number>;
}

/**
 * Who the users are and which credentials are accepted, in memory. A change is heard at once; whatever was not heard is
 * read again on demand, at most once a second however many requests come, and before a credential is refused that is not
 * known yet.
 */
@Injectable()
export class Principals {
  private known: Known = { users: new Map(), tokens: new Map(), sessions: new Set() };
  /** Reading of `performance.now()` before the newest complete read began. */
  private readAt = -Infinity;
  private reading: Promise<Known> | undefined;
  /** A read that has not begun, for credentials that are not known. */
  private next: Promise<Known> | undefined;

  constructor(
    private readonly users: AdminUserRepository,
    private readonly tokens: ApiTokenRepository,
    private readonly sessions: AdminSessionRepository,
    changes: ChangeFeed,
  ) {
    const forget = (): void => {
      this.forget();
    };
    changes.subscribe(['access_changed'], {
      onChange: forget,
      onDeaf: forget,
      onAlive: () => undefined,
    });
  }

  /** @returns null when the user is gone or disabled, has changed the password since, or the session has ended */
  of(claims: TokenClaims): Promise<Identity | null> {
    return this.find((known) => findByClaims(known, claims));
  }

  /** @returns null for a text that is no API token, or one that is unknown, revoked or expired, or its user disabled */
  async ofApiToken(token: string): Promise<Identity | null> {
    if (!isApiToken(token)) return null;
    const hash = apiTokenHash(token).toString('hex');
    return this.find((known) => findByTokenHash(known, hash));
  }

  /** After a change by this process: nothing older is used from now on. */
  forget(): void {
    this.readAt = -Infinity;
    this.reading = undefined;
  }

  private async find(look: (known: Known) => Identity | null): Promise<Identity | null> {
    const isFresh = performance.now() - this.readAt <= MAX_AGE_MS;
    // What this read found counts, also when a change has overtaken it: the memory may be much older.
    const identity = look(isFresh ? this.known : await this.read());
    // Another process may have issued it a moment ago, after a read under way began.
    return identity ?? look(await this.readAgain());
  }

  /** Resolves after a read that began after this call, which all that ask before it begins share. */
  private readAgain(): Promise<Known> {
    this.next ??= this.readNext();
    return this.next;
  }

  private async readNext(): Promise<Known> {
    await sleep(UNKNOWN_PAUSE_MS);
    while (this.reading) await this.reading.catch(() => undefined);
    this.next = undefined;
    return this.read();
  }

  /** Requests that come together share one read. */
  private read(): Promise<Known> {
    if (this.reading) return this.reading;
    const begun = performance.now();
    const reading = this.readAll().then((known) => {
      // One that forget() has overtaken began too early.
      if (this.reading === reading) {
        this.known = known;
        this.readAt = begun;
      }
      return known;
    });
    this.reading = reading;
    const done = (): void => {
      if (this.reading === reading) this.reading = undefined;
    };
    reading.then(done, done);
    return reading;
  }

  private async readAll(): Promise<Known> {
    const [users, tokens, sessions] = await Promise.all([
      this.users.findAccess(),
      this.tokens.findLive(),
      this.sessions.findLiveIds(),
    ]);
    return {
      users: new Map(users.map((user) => [user.id, user])),
      tokens: new Map(tokens.map((token) => [token.tokenHash.toString('hex'), token])),
      sessions: new Set(sessions),
    };
  }
}

function findByClaims({ users, sessions }: Known, claims: TokenClaims): Identity | null {
  const { sub, epoch = 0, sid, exp } = claims;
  const user = users.get(Number(sub));
  if (!user?.isActive || user.tokenEpoch !== epoch) return null;
  if (sid !== undefined && !sessions.has(sid)) return null;
  const { id, username: name, role } = user;
  const expiresAt = exp === undefined ? null : new Date(exp * 1000);
  return { id, name, role, via: 'password', token: null, expiresAt, epoch, sessionId: sid ?? null };
}

function findByTokenHash({ users, tokens }: Known, hash: string): Identity | null {
  const token = tokens.get(hash);
  const user = token && users.get(token.userId);
  if (!token || !user?.isActive) return null;
  if (token.expiresAt && token.expiresAt.getTime() <= Date.now()) return null;
  const { id, username: name } = user;
  const { expiresAt } = token;
  const role = lowerRole(user.role, token.role);
  return { id, name, role, via: 'token', token: { id: token.id, name: token.name }, expiresAt };
}
