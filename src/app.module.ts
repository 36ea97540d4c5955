import { Module, type DynamicModule, type Type } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_PIPE } from '@nestjs/core';
import { AuditModule } from './audit/audit.module.js';
import { AuthModule } from './auth/auth.module.js';
import { JwtGuard } from './auth/jwt.guard.js';
import type { AppConfig } from './config/app-config.js';
import { ConfigModule } from './config/config.module.js';
import { DatabaseModule } from './database/database.module.js';
import { DownloadModule } from './download/download.module.js';
import { EventsModule } from './events/events.module.js';
import { FirmwareModule } from './firmware/firmware.module.js';
import { HealthModule } from './http/health/health.module.js';
import { HttpModule } from './http/http.module.js';
import { ProblemFilter } from './http/problem.filter.js';
import { WireValidationPipe } from './http/wire-validation.pipe.js';
import { LogsModule } from './logs/logs.module.js';
import { MetricsModule } from './metrics/metrics.module.js';
import { OtaCheckModule } from './ota-check/ota-check.module.js';
import { OverloadModule } from './overload/overload.module.js';
import { RolloutsModule } from './rollouts/rollouts.module.js';
import { TlsModule } from './tls/tls.module.js';

@Module({
  imports: [
    AuditModule,
    AuthModule,
    EventsModule,
    FirmwareModule,
    OtaCheckModule,
    DownloadModule,
    LogsModule,
    RolloutsModule,
    HealthModule,
    HttpModule,
    TlsModule,
    MetricsModule,
    OverloadModule,
  ],
  providers: [
    { provide: APP_GUARD, useClass: JwtGuard },
    { provide: APP_PIPE, useClass: WireValidationPipe },
    { provide: APP_FILTER, useClass: ProblemFilter },
  ],
})
export class AppModule {
  static with(config: AppConfig, databaseUrl: string, more: readonly Type[] = []): DynamicModule {
    return {
      module: AppModule,
      imports: [ConfigModule.with(config), DatabaseModule.at(databaseUrl, config), ...more],
    };
  }
}
