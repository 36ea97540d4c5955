import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { DeviceEntity } from './device.entity.js';
import { DeviceRepository } from './device.repository.js';
import { DevicesService } from './devices.service.js';
import { UpdateLoops } from './update-loops.js';

@Module({
  imports: [TypeOrmModule.forFeature([DeviceEntity])],
  providers: [DevicesService, DeviceRepository, UpdateLoops],
  exports: [DevicesService, UpdateLoops],
})
export class DevicesModule {}
