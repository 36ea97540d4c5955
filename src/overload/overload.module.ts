import { Global, Module } from '@nestjs/common';
import { AdminLimit } from './admin-limit.js';
import { EnrollmentLimit } from './enrollment-limit.js';
import { LoadMonitor } from './load-monitor.js';

@Global()
@Module({
  providers: [LoadMonitor, AdminLimit, EnrollmentLimit],
  exports: [LoadMonitor, AdminLimit, EnrollmentLimit],
})
export class OverloadModule {}
