import { Global, Module } from '@nestjs/common';
import { HealthController } from './health.controller.js';
import { HealthMonitor } from './health-monitor.js';
import { Readiness } from './readiness.js';

/** Features say what is to be looked at. */
@Global()
@Module({
  controllers: [HealthController],
  providers: [HealthMonitor, Readiness],
  exports: [HealthMonitor, Readiness],
})
export class HealthModule {}
