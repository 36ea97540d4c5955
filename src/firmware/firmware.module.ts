import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AuditModule } from '../audit/audit.module.js';
import { EventLogModule } from '../events/event-log.module.js';
import { EventLog } from '../events/events.exports.js';
import { ReleaseMarks } from '../releases/releases.exports.js';
import { ReleasesModule } from '../releases/releases.module.js';
import { StorageModule } from '../storage/storage.module.js';
import { FirmwareController } from './firmware.controller.js';
import { FirmwareEntity } from './firmware.entity.js';
import { StoreController } from './maintenance/store.controller.js';
import { StoreMaintenanceService } from './maintenance/store-maintenance.service.js';
import { FirmwareRepository } from './firmware.repository.js';
import { firmwareEvent } from './on-record.js';
import { FirmwareService } from './firmware.service.js';
import { InspectionService } from './inspection.service.js';
import { PublishingRules } from './publishing-rules.js';
import { PurgeService } from './purge.service.js';
import { UploadReceiver } from './upload-receiver.js';
import { UploadService } from './upload.service.js';

@Module({
  imports: [
    StorageModule,
    ReleasesModule,
    AuditModule,
    EventLogModule,
    TypeOrmModule.forFeature([FirmwareEntity]),
  ],
  controllers: [FirmwareController, StoreController],
  providers: [
    FirmwareService,
    StoreMaintenanceService,
    InspectionService,
    PurgeService,
    PublishingRules,
    FirmwareRepository,
    UploadReceiver,
    UploadService,
  ],
})
export class FirmwareModule {
  constructor(marks: ReleaseMarks, firmware: FirmwareRepository, events: EventLog) {
    marks.writeWith(async (manager, id, mark) => {
      const change = await firmware.mark(manager, id, mark);
      if (change) await events.record(manager, [firmwareEvent(...change)]);
    });
  }
}
