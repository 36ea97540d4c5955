import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { ReleasesModule } from '../releases/releases.module.js';
import { AudienceService } from './audience.service.js';
import { DeviceEntity } from './device.entity.js';
import { DeviceRepository } from './device.repository.js';
import { DevicesController } from './devices.controller.js';
import { DevicesService } from './devices.service.js';
import { DeviceLimits } from './limits/device-limits.js';
import { KnownDevices } from './limits/known-devices.js';
import { UpdateLoops } from './update-loops.js';

@Module({
  imports: [TypeOrmModule.forFeature([DeviceEntity]), ReleasesModule],
  controllers: [DevicesController],
  providers: [UpdateLoops, DevicesService, AudienceService, DeviceRepository, DeviceLimits, KnownDevices],
  exports: [UpdateLoops, DevicesService, DeviceLimits],
})
export class DevicesModule {}
