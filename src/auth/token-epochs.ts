import { Injectable } from '@nestjs/common';
import { AdminUserRepository } from './admin-user.repository.js';

/** How old the memory may be: within this time a changed password ends older tokens on every server. */
const MAX_AGE_MS = 1_000;

/** What a token says: the id of the admin (RFC 7519 §4.1.2), and the epoch that it was issued in. */
export interface TokenClaims {
  readonly sub: string;
  /** Absent in tokens of earlier versions, which belong to the first epoch. */
  readonly epoch?: number;
}

/**
 * Which tokens of which admins are accepted, in memory. It is read again on demand, at most once a second however many
 * requests come, and before a token is refused that it does not know yet.
 */
@Injectable()
export class TokenEpochs {
  private epochs: ReadonlyMap<number, number> = new Map();
  /** Reading of `performance.now()` before the newest complete read began. */
  private readAt = -Infinity;
  private reading: Promise<void> | undefined;

  constructor(private readonly users: AdminUserRepository) {}

  /** Whether the admin is still there and has not changed the password since. */
  async accepts(claims: TokenClaims): Promise<boolean> {
    if (performance.now() - this.readAt > MAX_AGE_MS) await this.read();
    if (this.isCurrent(claims)) return true;
    // Another process may have issued it a moment ago, after a read under way began.
    await this.reading?.catch(() => undefined);
    await this.read();
    return this.isCurrent(claims);
  }

  /** After a change by this process: nothing older is used from now on. */
  forget(): void {
    this.readAt = -Infinity;
    this.reading = undefined;
  }

  private isCurrent({ sub, epoch = 0 }: TokenClaims): boolean {
    return this.epochs.get(Number(sub)) === epoch;
  }

  /** Requests that come together share one read. */
  private read(): Promise<void> {
    if (this.reading) return this.reading;
    const begun = performance.now();
    const reading = this.users.findEpochs().then((epochs) => {
      // One that forget() has overtaken began too early.
      if (this.reading !== reading) return;
      this.epochs = epochs;
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
