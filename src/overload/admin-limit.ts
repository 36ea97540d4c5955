import { Inject, Injectable } from '@nestjs/common';
import { APP_CONFIG, type AppConfig } from '../config/app-config.js';
import type { Principal } from '../domain/principal.js';
import { perMinute } from '../domain/rate-limit.js';
import { Metrics } from '../metrics/metrics.js';
import { RateLimiter } from './rate-limiter.js';
import { Refusals } from './refusals.js';

const PRINCIPALS_REMEMBERED = 2 ** 12;

/** Limits the requests of each user, and of each API token apart from its user. */
@Injectable()
export class AdminLimit {
  private readonly limiter: RateLimiter | null;
  private readonly refusals: Refusals;

  constructor(@Inject(APP_CONFIG) { rateLimits: { admin } }: AppConfig, metrics: Metrics) {
    this.limiter = admin === 0 ? null : new RateLimiter(perMinute(admin), PRINCIPALS_REMEMBERED);
    this.refusals = new Refusals(metrics, 'admin', `A user or token may send ${admin} requests a minute`);
  }

  /** @throws DomainError RATE_LIMITED */
  refuse({ id, token }: Pick<Principal, 'id' | 'token'>): void {
    // Ids of both begin at 1.
    const waitMs = this.limiter?.take(token ? -token.id : id) ?? 0;
    if (waitMs > 0) throw this.refusals.after(waitMs);
  }
}
