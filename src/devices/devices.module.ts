import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { FirmwareModule } from '../firmware/firmware.module.js';
import { AudienceService } from './audience.service.js';
import { DeviceEntity } from './device.entity.js';
import { DeviceRepository } from './device.repository.js';
import { DevicesController } from './devices.controller.js';
import { DevicesService } from './devices.service.js';

@Module({
  imports: [TypeOrmModule.forFeature([DeviceEntity]), FirmwareModule],
  controllers: [DevicesController],
  providers: [DevicesService, AudienceService, DeviceRepository],
  exports: [DevicesService],
})
export class DevicesModule {}
