import { Injectable } from '@nestjs/common';
import { AggregatorRegistry, collectDefaultMetrics, Registry } from 'prom-client';
import { Metrics } from './metrics.js';

/** What one process has counted, as it goes from process to process. */
export type ProcessSnapshot = readonly object[];

/** What prom-client itself says of the process: CPU time, memory, garbage collection. From the first question on. */
let ofProcess: Registry | undefined;

/** Adds up what the processes of this server have counted. */
@Injectable()
export class MetricsCollector {
  /** Of every process of this server; a worker asks the others by its primary. */
  collectAll: () => Promise<readonly ProcessSnapshot[]> = async () => [await this.collectOwn()];

  constructor(private readonly metrics: Metrics) {}

  async collectOwn(): Promise<ProcessSnapshot> {
    if (!ofProcess) collectDefaultMetrics({ register: (ofProcess = new Registry()) });
    return [...this.metrics.snapshot(), ...(await ofProcess.getMetricsAsJSON())];
  }

  /** In the text format of Prometheus. */
  async text(): Promise<string> {
    const all = await this.collectAll();
    return AggregatorRegistry.aggregate(all as object[]).metrics();
  }
}
