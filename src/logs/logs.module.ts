import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { DeviceTraces } from '../devices/devices.exports.js';
import { DevicesModule } from '../devices/devices.module.js';
import { EventLogModule } from '../events/event-log.module.js';
import { OfferRecords } from '../releases/releases.exports.js';
import { ReleasesModule } from '../releases/releases.module.js';
import { AttemptCounts } from './attempt-counts.js';
import { AttemptObservers } from './attempt-observers.js';
import { AttemptRetention } from './attempt-retention.js';
import { LogsController } from './logs.controller.js';
import { LogsRepository } from './logs.repository.js';
import { LogsService } from './logs.service.js';
import { OtaLogEntity } from './ota-log.entity.js';
import { StatusController } from './status.controller.js';
import { UnconfirmedDevices } from './unconfirmed-devices.js';
import { WaitingOffers } from './waiting-offers.js';

@Module({
  imports: [TypeOrmModule.forFeature([OtaLogEntity]), DevicesModule, EventLogModule, ReleasesModule],
  controllers: [StatusController, LogsController],
  providers: [
    LogsService,
    LogsRepository,
    AttemptCounts,
    AttemptObservers,
    AttemptRetention,
    UnconfirmedDevices,
    WaitingOffers,
  ],
  exports: [LogsService, AttemptObservers, WaitingOffers],
})
export class LogsModule {
  constructor(offers: OfferRecords, traces: DeviceTraces, logs: LogsRepository) {
    traces.add((manager, deviceIds) => logs.deleteOfDevices(manager, deviceIds));
    offers.add((manager, firmwareId) => logs.hasAttempts(manager, firmwareId));
  }
}
