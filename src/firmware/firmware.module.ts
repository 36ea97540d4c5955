import { Inject, Module, type OnModuleInit } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { HealthMonitor } from '../http/health/health-monitor.js';
import { APP_CONFIG, type AppConfig } from '../config/app-config.js';
import type { PeriodicTask } from '../database/periodic-task.js';
import { PeriodicTasks } from '../database/periodic-tasks.js';
import { FirmwareIntegrity } from './catalog/firmware-integrity.js';
import { FirmwareController } from './firmware.controller.js';
import { FirmwareEntity } from './firmware.entity.js';
import { StoreMaintenanceController } from './maintenance/store-maintenance.controller.js';
import { StoreMaintenanceService } from './maintenance/store-maintenance.service.js';
import { FirmwareRepository } from './firmware.repository.js';
import { FirmwareService } from './firmware.service.js';
import { InspectionService } from './inspection.service.js';
import { PublishingRules } from './publishing-rules.js';
import { PurgeService } from './purge.service.js';
import { DiskFirmwareStore } from './store/disk-firmware-store.js';
import { FirmwareStore } from './store/firmware-store.js';
import { ReleasesModule } from '../releases/releases.module.js';
import { UploadReceiver } from './upload-receiver.js';

const CLEAR_EVERY_MS = 10 * 60 * 1000;

@Module({
  imports: [TypeOrmModule.forFeature([FirmwareEntity]), ReleasesModule],
  controllers: [FirmwareController, StoreMaintenanceController],
  providers: [
    FirmwareService,
    StoreMaintenanceService,
    InspectionService,
    PurgeService,
    PublishingRules,
    FirmwareRepository,
    FirmwareIntegrity,
    UploadReceiver,
    {
      provide: FirmwareStore,
      inject: [APP_CONFIG],
      useFactory: ({ firmwareStore }: AppConfig) => new DiskFirmwareStore(firmwareStore),
    },
  ],
  exports: [FirmwareStore, FirmwareIntegrity],
})
export class FirmwareModule implements OnModuleInit {
  private readonly clearing: PeriodicTask;

  constructor(@Inject(FirmwareStore) store: FirmwareStore, health: HealthMonitor, tasks: PeriodicTasks) {
    health.watch('store', () => store.findFault());
    // What servers in other containers and on other machines have left is known to be left only when it is old.
    this.clearing = tasks.add({
      name: 'Removing what uploads left unfinished',
      everyMs: CLEAR_EVERY_MS,
      run: () => store.clearLeftovers(),
    });
  }

  onModuleInit(): Promise<void> {
    return this.clearing.run();
  }
}
