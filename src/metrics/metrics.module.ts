import { Global, Module } from '@nestjs/common';
import { MetricsCollector } from './metrics-collector.js';
import { MetricsController } from './metrics.controller.js';
import { Metrics } from './metrics.js';

/** The module is global because every feature counts something. */
@Global()
@Module({ controllers: [MetricsController], providers: [Metrics, MetricsCollector], exports: [Metrics] })
export class MetricsModule {}
