import { DomainError } from '../domain/errors.js';
import type { Metrics } from '../metrics/metrics.js';

export type Limit = 'device' | 'admin' | 'new_devices' | 'enrolment';

/** Makes the errors of one rate limit, each once: a stack for each request of a flood would cost more than its refusal. */
export class Refusals {
  private readonly bySeconds = new Map<number, DomainError>();

  /** @param reason begins a sentence that ends in when to try again */
  constructor(
    private readonly metrics: Metrics,
    private readonly limit: Limit,
    private readonly reason: string,
  ) {}

  /** To be thrown: it is counted. @param ms until it may be tried again; at most a few minutes */
  after(ms: number): DomainError {
    this.metrics.rateLimited.add(1, this.limit);
    const seconds = Math.max(1, Math.ceil(ms / 1_000));
    const known = this.bySeconds.get(seconds);
    if (known) return known;
    const again = `try again in ${seconds} ${seconds === 1 ? 'second' : 'seconds'}.`;
    const error = new DomainError('RATE_LIMITED', `${this.reason}: ${again}`, undefined, seconds);
    this.bySeconds.set(seconds, error);
    return error;
  }
}
