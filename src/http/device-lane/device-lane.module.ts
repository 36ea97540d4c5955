import { Module } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { DeviceLane } from './device-lane.js';

@Module({ imports: [DiscoveryModule], providers: [DeviceLane] })
export class DeviceLaneModule {}
