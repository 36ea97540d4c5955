import { Inject, Module, type OnModuleInit } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { APP_CONFIG, type AppConfig } from '../config/app-config.js';
import { FirmwareChangeListener } from './catalog/firmware-change-listener.js';
import { FirmwareIntegrity } from './catalog/firmware-integrity.js';
import { ReleaseCatalog } from './catalog/release-catalog.js';
import { FirmwareController } from './firmware.controller.js';
import { FirmwareEntity } from './firmware.entity.js';
import { FirmwareRepository } from './firmware.repository.js';
import { FirmwareService } from './firmware.service.js';
import { InspectionService } from './inspection.service.js';
import { PublishingRules } from './publishing-rules.js';
import { PurgeService } from './purge.service.js';
import { DiskFirmwareStore } from './store/disk-firmware-store.js';
import { FirmwareStore } from './store/firmware-store.js';
import { UploadReceiver } from './upload-receiver.js';

@Module({
  imports: [TypeOrmModule.forFeature([FirmwareEntity])],
  controllers: [FirmwareController],
  providers: [
    FirmwareService,
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
export class FirmwareModule implements OnModuleInit {
  constructor(@Inject(FirmwareStore) private readonly store: FirmwareStore) {}

  onModuleInit(): Promise<void> {
    return this.store.clearLeftovers();
  }
}
