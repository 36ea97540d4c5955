import { Module } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { ControllerRoutes } from '../internals/controller-routes.js';
import { DeviceLane } from './device-lane.js';

@Module({ imports: [DiscoveryModule], providers: [ControllerRoutes, DeviceLane] })
export class DeviceLaneModule {}
