import { Module } from '@nestjs/common';
import { DevicesModule } from '../devices/devices.module.js';
import { ReleasesModule } from '../releases/releases.module.js';
import { RolloutsModule } from '../rollouts/rollouts.module.js';
import { LogsModule } from '../logs/logs.module.js';
import { ExplanationController } from './explain/explanation.controller.js';
import { ExplanationService } from './explain/explanation.service.js';
import { CheckInQueue } from './check-in.queue.js';
import { CheckInRepository } from './check-in.repository.js';
import { OtaCheckController } from './ota-check.controller.js';
import { OtaCheckService } from './ota-check.service.js';

@Module({
  imports: [ReleasesModule, DevicesModule, LogsModule, RolloutsModule],
  controllers: [OtaCheckController, ExplanationController],
  providers: [ExplanationService, OtaCheckService, CheckInQueue, CheckInRepository],
})
export class OtaCheckModule {}
