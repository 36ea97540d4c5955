import type { IncomingMessage } from 'node:http';
import { Inject, Injectable } from '@nestjs/common';
import { APP_CONFIG, type AppConfig } from '../config/app-config.js';
import { perMinute } from '../domain/rate-limit.js';
import { Metrics } from '../metrics/metrics.js';
import { clientKeys } from './client-address.js';
import { RateLimiter } from './rate-limiter.js';
import { Refusals } from './refusals.js';

const FAILURES_PER_MINUTE = 30;
const NETWORKS_REMEMBERED = 2 ** 14;

/**
 * Limits the enrolments of each address that fail. Those that succeed are not counted: a production line enrols all of its
 * devices from one address.
 */
@Injectable()
export class EnrollmentLimit {
  private readonly failures = new RateLimiter(perMinute(FAILURES_PER_MINUTE), NETWORKS_REMEMBERED);
  private readonly refusals: Refusals;
  private readonly keyOf: (request: IncomingMessage) => number;

  constructor(@Inject(APP_CONFIG) { trustProxy }: AppConfig, metrics: Metrics) {
    this.refusals = new Refusals(metrics, 'enrolment', 'Too many enrolments from this address have failed');
    this.keyOf = clientKeys(trustProxy);
  }

  /** To be asked before a key is looked at. @throws DomainError RATE_LIMITED */
  refuse(request: IncomingMessage): void {
    const waitMs = this.failures.waitOf(this.keyOf(request));
    if (waitMs > 0) throw this.refusals.after(waitMs);
  }

  /** The key was wrong, expired, used up, or another type's. */
  failed(request: IncomingMessage): void {
    this.failures.take(this.keyOf(request));
  }
}
