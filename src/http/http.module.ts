import { Module } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { DeviceLane } from './device-lane/device-lane.js';
import { ControllerRoutes } from './internals/controller-routes.js';
import { RequestPolicies } from './request-policies.js';

/** What stands between the network and the controllers. */
@Module({ imports: [DiscoveryModule], providers: [ControllerRoutes, RequestPolicies, DeviceLane] })
export class HttpModule {}
