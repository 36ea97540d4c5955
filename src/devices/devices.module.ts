import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AuditModule } from '../audit/audit.module.js';
import { EventLogModule } from '../events/event-log.module.js';
import { ReleasesModule } from '../releases/releases.module.js';
import { SecretsModule } from '../secrets/secrets.module.js';
import { AudienceService } from './audience.service.js';
import { DeviceGate } from './device-gate.js';
import { DeviceTotal } from './device-total.js';
import { DeviceTraces } from './device-traces.js';
import { DevicesController } from './devices.controller.js';
import { DevicesService } from './devices.service.js';
import { FactsInMemory } from './facts/facts-in-memory.js';
import { FactsReader } from './facts/facts-reader.js';
import { BulkController } from './fleet/bulk.controller.js';
import { BulkService } from './fleet/bulk.service.js';
import { DeviceChangesService } from './fleet/device-changes.service.js';
import { FleetController } from './fleet/fleet.controller.js';
import { FleetLook } from './fleet/fleet-look.js';
import { FleetRepository } from './fleet/fleet.repository.js';
import { FleetTurns } from './fleet/fleet-turns.js';
import { FleetService } from './fleet/fleet.service.js';
import { ForgottenDevices } from './fleet/forgotten-devices.js';
import { TargetDevices } from './fleet/target-devices.js';
import { WaitingDevices } from './fleet/waiting-devices.js';
import { FilterReader } from './filter/filter-reader.js';
import { GroupRepository } from './filter/group.repository.js';
import { GroupUses } from './filter/group-uses.js';
import { FleetQueries } from './fleet/fleet-queries.js';
import { GroupEntity } from './filter/group.entity.js';
import { GroupMemberEntity } from './filter/group-member.entity.js';
import { GroupDevices } from './groups/group-devices.js';
import { GroupsController } from './groups/groups.controller.js';
import { GroupsService } from './groups/groups.service.js';
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
import { DeviceCountRepository } from './record/device-count.repository.js';
import { DeviceDescriptionRepository } from './record/device-description.repository.js';
import { DeviceEntity } from './record/device.entity.js';
import { DeviceProgressRepository } from './record/device-progress.repository.js';
import { DeviceRepository } from './record/device.repository.js';
import { DeviceSightingRepository } from './record/device-sighting.repository.js';
import { SightingObservers } from './sighting-observers.js';
import { UpdateLoops } from './update-loops.js';

const ENTITIES = [DeviceEntity, DeviceAccessEntity, EnrollmentKeyEntity, GroupEntity, GroupMemberEntity];

@Module({
  imports: [TypeOrmModule.forFeature(ENTITIES), AuditModule, EventLogModule, ReleasesModule, SecretsModule],
  controllers: [
    DevicesController,
    EnrollmentController,
    EnrollmentKeysController,
    DeviceIdentityController,
    BulkController,
    // Behind those with longer paths, which it would take for the ids of devices.
    FleetController,
    GroupsController,
  ],
  providers: [
    UpdateLoops,
    DevicesService,
    AudienceService,
    DeviceRepository,
    DeviceCountRepository,
    DeviceDescriptionRepository,
    DeviceProgressRepository,
    DeviceSightingRepository,
    DeviceGate,
    DeviceTotal,
    DeviceTraces,
    FleetService,
    FleetRepository,
    FleetLook,
    DeviceChangesService,
    BulkService,
    ForgottenDevices,
    DeviceLimits,
    KnownDevices,
    DeviceAccess,
    DeviceAccessRepository,
    DeviceIdentityService,
    DeviceTokens,
    EnrollmentKeyRepository,
    EnrollmentKeysService,
    EnrollmentService,
    FactsInMemory,
    FactsReader,
    FilterReader,
    FleetQueries,
    FleetTurns,
    GroupDevices,
    GroupRepository,
    GroupUses,
    GroupsService,
    IdentityUses,
    SightingObservers,
    TargetDevices,
    WaitingDevices,
  ],
  exports: [
    UpdateLoops,
    DevicesService,
    DeviceGate,
    DeviceTraces,
    FactsInMemory,
    FilterReader,
    GroupUses,
    SightingObservers,
    TargetDevices,
    WaitingDevices,
  ],
})
export class DevicesModule {}
