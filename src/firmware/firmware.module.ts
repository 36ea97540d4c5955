import { Inject, Module, type BeforeApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { HealthMonitor } from '../http/health/health-monitor.js';
import { APP_CONFIG, type AppConfig } from '../config/app-config.js';
import { FirmwareChangeListener } from './catalog/firmware-change-listener.js';
import { FirmwareIntegrity } from './catalog/firmware-integrity.js';
import { ReleaseCatalog } from './catalog/release-catalog.js';
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
import { UploadReceiver } from './upload-receiver.js';

const CLEAR_EVERY_MS = 10 * 60 * 1000;

@Module({
  imports: [TypeOrmModule.forFeature([FirmwareEntity])],
  controllers: [FirmwareController, StoreMaintenanceController],
  providers: [
    FirmwareService,
    StoreMaintenanceService,
    InspectionService,
    PurgeService,
    PublishingRules,
    FirmwareRepository,
    FirmwareChangeListener,
    ReleaseCatalog,
    FirmwareIntegrity,
    UploadReceiver,
    {
      provide: FirmwareStore,
      inject: [APP_CONFIG],
      useFactory: ({ firmwareStore }: AppConfig) => new DiskFirmwareStore(firmwareStore),
    },
  ],
  exports: [ReleaseCatalog, FirmwareStore, FirmwareIntegrity],
})
export class FirmwareModule implements OnModuleInit, BeforeApplicationShutdown {
  private timer: NodeJS.Timeout | undefined;

  constructor(
    @Inject(FirmwareStore) private readonly store: FirmwareStore,
    health: HealthMonitor,
  ) {
    health.watch('store', () => store.findFault());
  }

  async onModuleInit(): Promise<void> {
    await this.store.clearLeftovers();
    // What servers in other containers and on other machines have left is known to be left only when it is old.
    this.timer = setInterval(() => void this.store.clearLeftovers(), CLEAR_EVERY_MS).unref();
  }

  beforeApplicationShutdown(): void {
    clearInterval(this.timer);
  }
}
