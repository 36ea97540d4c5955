import { Inject, Injectable, type BeforeApplicationShutdown } from '@nestjs/common';
import { APP_CONFIG, type AppConfig } from '../config/app-config.js';
import { DomainError } from '../domain/errors.js';
import { Metrics } from '../metrics/metrics.js';
import { BUSY, isSheddable, median, pressureOf, retryAfter, shedShare } from './shed-policy.js';

const SAMPLE_MS = 50;
const SAMPLES = 5;
/** Made once: under load a stack for each would cost more than the refusal. */
const OVERLOADED = new DomainError('OVERLOADED', 'The server is busy at the moment; try again later.');

/** Knows how far the event loop and the queues of this process are behind, and whom to refuse for it. */
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

  /** @param limit items at which it is as far behind as it may be */
  watchQueue(name: string, depth: () => number, limit: number): void {
    this.metrics.queueDepth.watch(name, depth);
    this.queues.push({ depth, limit });
  }

  /** @returns what to answer instead, when this request is one to refuse */
  refusalOf(route: string): DomainError | null {
    if (this.pressure < BUSY || !isSheddable(route)) return null;
    if (Math.random() >= shedShare(route, this.pressure)) return null;
    this.metrics.shed.add(1, route);
    return OVERLOADED;
  }

  /** Seconds that a device is asked to stay away; null while the server is not busy. */
  retryAfter(): number | null {
    return retryAfter(this.pressure, Math.random);
  }

  /** @param lagMs by which the event loop was late */
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
