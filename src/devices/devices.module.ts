import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AuditModule } from '../audit/audit.module.js';
import { EventLogModule } from '../events/event-log.module.js';
import { ReleasesModule } from '../releases/releases.module.js';
import { SecretsModule } from '../secrets/secrets.module.js';
import { AudienceService } from './audience.service.js';
import { DeviceGate } from './device-gate.js';
import { DeviceEntity } from './device.entity.js';
import { DeviceRepository } from './device.repository.js';
import { DevicesController } from './devices.controller.js';
import { DevicesService } from './devices.service.js';
import { DeviceAccessEntity } from './identity/device-access.entity.js';
import { DeviceAccessRepository } from './identity/device-access.repository.js';
import { DeviceAccess } from './identity/device-access.service.js';
import { DeviceIdentityController } from './identity/device-identity.controller.js';
import { DeviceIdentityService } from './identity/device-identity.service.js';
import { DeviceTokens } from './identity/device-tokens.js';
import { EnrollmentKeyEntity } from './identity/enrollment-key.entity.js';
import { EnrollmentKeyRepository } from './identity/enrollment-key.repository.js';
import { EnrollmentKeysController } from './identity/enrollment-keys.controller.js';
import { EnrollmentKeysService } from './identity/enrollment-keys.service.js';
import { EnrollmentController } from './identity/enrollment.controller.js';
import { EnrollmentService } from './identity/enrollment.service.js';
import { IdentityUses } from './identity/identity-uses.js';
import { DeviceLimits } from './limits/device-limits.js';
import { KnownDevices } from './limits/known-devices.js';
import { UpdateLoops } from './update-loops.js';

const ENTITIES = [DeviceEntity, DeviceAccessEntity, EnrollmentKeyEntity];

@Module({
  imports: [TypeOrmModule.forFeature(ENTITIES), AuditModule, EventLogModule, ReleasesModule, SecretsModule],
  controllers: [DevicesController, EnrollmentController, EnrollmentKeysController, DeviceIdentityController],
  providers: [
    UpdateLoops,
    DevicesService,
    AudienceService,
    DeviceRepository,
    DeviceGate,
    DeviceLimits,
    KnownDevices,
    DeviceAccess,
    DeviceAccessRepository,
    DeviceIdentityService,
    DeviceTokens,
    EnrollmentKeyRepository,
    EnrollmentKeysService,
    EnrollmentService,
    IdentityUses,
  ],
  exports: [UpdateLoops, DevicesService, DeviceGate],
})
export class DevicesModule {}
