import { Inject, Injectable, type BeforeApplicationShutdown } from '@nestjs/common';
import { APP_CONFIG, type AppConfig } from '../config/app-config.js';
import { DomainError } from '../domain/errors.js';
import { Metrics } from '../metrics/metrics.js';
import { BUSY, isSheddable, median, pressureOf, retryAfter, shedShare } from './shed-policy.js';

const SAMPLE_MS = 50;
const SAMPLES = 5;
/** Created once, because under load a stack trace for each refusal would cost more than the refusal. */
const OVERLOADED = new DomainError('OVERLOADED', 'The server is busy at the moment; try again later.');

/** Measures how far the event loop and the queues of this process lag, and decides which requests to refuse. */
@Injectable()
export class LoadMonitor implements BeforeApplicationShutdown {
  private readonly lags: number[] = [];
  private readonly queues: { readonly depth: () => number; readonly limit: number }[] = [];
  private readonly timer: NodeJS.Timeout;
  private lagMs = 0;
  private pressure = 0;

  constructor(
    @Inject(APP_CONFIG) private readonly config: AppConfig,
    private readonly metrics: Metrics,
  ) {
    metrics.eventLoopLag.watch('median', () => this.lagMs / 1000);
    let last = performance.now();
    this.timer = setInterval(() => {
      const now = performance.now();
      this.sample(Math.max(0, now - last - SAMPLE_MS));
      last = now;
    }, SAMPLE_MS).unref();
  }

  beforeApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  /** @param limit number of items at which the queue is at its limit */
  watchQueue(name: string, depth: () => number, limit: number): void {
    this.metrics.queueDepth.watch(name, depth);
    this.queues.push({ depth, limit });
  }

  /** @returns the error to answer with, if this request is to be refused */
  refusalOf(route: string): DomainError | null {
    if (this.pressure < BUSY || !isSheddable(route)) return null;
    if (Math.random() >= shedShare(route, this.pressure)) return null;
    this.metrics.shed.add(1, route);
    return OVERLOADED;
  }

  /** Seconds after which a device should retry; null while the server is not busy. */
  retryAfter(): number | null {
    return retryAfter(this.pressure, Math.random);
  }

  /** @param lagMs the event loop lag in milliseconds */
  sample(lagMs: number): void {
    this.lags.push(lagMs);
    if (this.lags.length > SAMPLES) this.lags.shift();
    this.lagMs = median(this.lags);
    this.pressure = pressureOf([
      { value: this.lagMs, limit: this.config.limits.eventLoopLagMs },
      ...this.queues.map(({ depth, limit }) => ({ value: depth(), limit })),
    ]);
  }
}
