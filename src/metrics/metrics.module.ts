import { Global, Module } from '@nestjs/common';
import { MetricsCollector } from './metrics-collector.js';
import { MetricsController } from './metrics.controller.js';
import { Metrics } from './metrics.js';

/** Every feature counts. */
@Global()
@Module({ controllers: [MetricsController], providers: [Metrics, MetricsCollector], exports: [Metrics] })
export class MetricsModule {}
