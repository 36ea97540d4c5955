import { Injectable } from '@nestjs/common';
import type { Principal } from '../domain/principal.js';

/** A principal, wherever the request comes from. */
export type Identity = Omit<Principal, 'address'>;
import { AdminUserRepository } from './admin-user.repository.js';

/** How old the memory may be: within this time a changed password ends older tokens on every server. */
const MAX_AGE_MS = 1_000;

/** What a token says: the id of the user (RFC 7519 §4.1.2), and the epoch that it was issued in. */
export interface TokenClaims {
  readonly sub: string;
  /** Absent in tokens of earlier versions, which belong to the first epoch. */
  readonly epoch?: number;
}

interface KnownUser {
  readonly epoch: number;
  readonly identity: Identity;
}

/**
 * Who the users are and which of their tokens are accepted, in memory. It is read again on demand, at most once a second
 * however many requests come, and before a token is refused that it does not know yet.
 */
@Injectable()
export class Principals {
  private known: ReadonlyMap<number, KnownUser> = new Map();
  /** Reading of `performance.now()` before the newest complete read began. */
  private readAt = -Infinity;
  private reading: Promise<void> | undefined;

  constructor(private readonly users: AdminUserRepository) {}

  /** @returns null when the user is gone, or has changed the password since the token was issued */
  async of(claims: TokenClaims): Promise<Identity | null> {
    if (performance.now() - this.readAt > MAX_AGE_MS) await this.read();
    const identity = this.find(claims);
    if (identity) return identity;
    // Another process may have issued it a moment ago, after a read under way began.
    await this.reading?.catch(() => undefined);
    await this.read();
    return this.find(claims);
  }

  /** After a change by this process: nothing older is used from now on. */
  forget(): void {
    this.readAt = -Infinity;
    this.reading = undefined;
  }

  private find({ sub, epoch = 0 }: TokenClaims): Identity | null {
    const user = this.known.get(Number(sub));
    return user?.epoch === epoch ? user.identity : null;
  }

  /** Requests that come together share one read. */
  private read(): Promise<void> {
    if (this.reading) return this.reading;
    const begun = performance.now();
    const reading = this.users.findTokenEpochs().then((users) => {
      // One that forget() has overtaken began too early.
      if (this.reading !== reading) return;
      this.known = new Map(
        users.map(({ id, username, tokenEpoch }) => [
          id,
          // There is no other role yet.
          {
            epoch: tokenEpoch,
            identity: { id, name: username, role: 'admin', via: 'password', token: null },
          },
        ]),
      );
      this.readAt = begun;
    });
    this.reading = reading;
    const done = (): void => {
      if (this.reading === reading) this.reading = undefined;
    };
    reading.then(done, done);
    return reading;
  }
}
