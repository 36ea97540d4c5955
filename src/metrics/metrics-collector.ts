import { Injectable } from '@nestjs/common';
import { AggregatorRegistry, collectDefaultMetrics, Registry } from 'prom-client';
import { Metrics } from './metrics.js';

/** The metrics of one process, as they are sent between processes. */
export type ProcessSnapshot = readonly object[];

/** Registers prom-client's own process metrics (CPU time, memory, garbage collection) at the first request. */
let ofProcess: Registry | undefined;

/** Aggregates the metrics of all processes of this server. */
@Injectable()
export class MetricsCollector {
  /** Collects the metrics of every process of this server; a worker asks the others through the primary. */
  collectAll: () => Promise<readonly ProcessSnapshot[]> = async () => [await this.collectOwn()];

  constructor(private readonly metrics: Metrics) {}

  async collectOwn(): Promise<ProcessSnapshot> {
    if (!ofProcess) collectDefaultMetrics({ register: (ofProcess = new Registry()) });
    return [...this.metrics.snapshot(), ...(await ofProcess.getMetricsAsJSON())];
  }

  /** Renders the metrics in the Prometheus text format. */
  async text(): Promise<string> {
    const all = await this.collectAll();
    return AggregatorRegistry.aggregate(all as object[]).metrics();
  }
}
