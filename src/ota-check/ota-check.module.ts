import { Module } from '@nestjs/common';
import { DevicesModule } from '../devices/devices.module.js';
import { FirmwareModule } from '../firmware/firmware.module.js';
import { LogsModule } from '../logs/logs.module.js';
import { CheckInQueue } from './check-in.queue.js';
import { CheckInRepository } from './check-in.repository.js';
import { OtaCheckController } from './ota-check.controller.js';
import { OtaCheckService } from './ota-check.service.js';

@Module({
  imports: [FirmwareModule, DevicesModule, LogsModule],
  controllers: [OtaCheckController],
  providers: [OtaCheckService, CheckInQueue, CheckInRepository],
})
export class OtaCheckModule {}
