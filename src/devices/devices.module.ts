import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { FirmwareModule } from '../firmware/firmware.module.js';
import { AudienceService } from './audience.service.js';
import { DeviceEntity } from './device.entity.js';
import { DeviceRepository } from './device.repository.js';
import { DevicesController } from './devices.controller.js';
import { DevicesService } from './devices.service.js';
import { UpdateLoops } from './update-loops.js';

@Module({
  imports: [TypeOrmModule.forFeature([DeviceEntity]), FirmwareModule],
  controllers: [DevicesController],
  providers: [UpdateLoops, DevicesService, AudienceService, DeviceRepository],
  exports: [UpdateLoops, DevicesService],
})
export class DevicesModule {}
