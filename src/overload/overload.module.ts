import { Global, Module } from '@nestjs/common';
import { AdminLimit } from './admin-limit.js';
import { EnrolmentLimit } from './enrolment-limit.js';
import { LoadMonitor } from './load-monitor.js';

@Global()
@Module({
  providers: [LoadMonitor, AdminLimit, EnrolmentLimit],
  exports: [LoadMonitor, AdminLimit, EnrolmentLimit],
})
export class OverloadModule {}
