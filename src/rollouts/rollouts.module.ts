import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AuditModule } from '../audit/audit.module.js';
import { groupNamesIn, GroupUses } from '../devices/devices.exports.js';
import { DevicesModule } from '../devices/devices.module.js';
import { EventLogModule } from '../events/event-log.module.js';
import { LogsModule } from '../logs/logs.module.js';
import { OfferRecords, OpenRollouts } from '../releases/releases.exports.js';
import { ReleasesModule } from '../releases/releases.module.js';
import { Candidates } from './candidates.js';
import { CheckTargets } from './check-targets.js';
import { CheckIns } from './clock/check-ins.js';
import { CheckInCountEntity } from './clock/check-in-count.entity.js';
import { ClockRepository } from './clock/clock.repository.js';
import { NetworkWatch } from './clock/network-watch.js';
import { RolloutPauseEntity } from './clock/rollout-pause.entity.js';
import { ServerBeat } from './clock/server-beat.js';
import { Conductor } from './conductor.js';
import { EarlierFailures } from './earlier-failures.js';
import { RolloutDeviceEntity } from './record/rollout-device.entity.js';
import { RolloutDeviceRepository } from './record/rollout-device.repository.js';
import { RolloutPartEntity } from './record/rollout-part.entity.js';
import { RolloutPartRepository } from './record/rollout-part.repository.js';
import { RolloutEntity } from './record/rollout.entity.js';
import { RolloutRepository } from './record/rollout.repository.js';
import { RolloutAdmissions } from './rollout-admissions.js';
import { RolloutBook } from './rollout-book.js';
import { RolloutObservers } from './rollout-observers.js';
import { RolloutFactorsService } from './rollout-factors.js';
import { RolloutOffers } from './rollout-offers.js';
import { RolloutOutcomes } from './rollout-outcomes.js';
import { RolloutPlanning } from './rollout-planning.js';
import { RolloutPreviews } from './rollout-previews.js';
import { RolloutProgress } from './rollout-progress.js';
import { RolloutTransitions } from './rollout-transitions.js';
import { RolloutView } from './rollout-view.js';
import { RolloutsController } from './rollouts.controller.js';
import { RolloutsService } from './rollouts.service.js';

@Module({
  imports: [
    TypeOrmModule.forFeature([
      CheckInCountEntity,
      RolloutEntity,
      RolloutPartEntity,
      RolloutDeviceEntity,
      RolloutPauseEntity,
    ]),
    AuditModule,
    DevicesModule,
    EventLogModule,
    LogsModule,
    ReleasesModule,
  ],
  controllers: [RolloutsController],
  providers: [
    CheckIns,
    Candidates,
    CheckTargets,
    ClockRepository,
    Conductor,
    EarlierFailures,
    NetworkWatch,
    RolloutAdmissions,
    RolloutBook,
    RolloutDeviceRepository,
    RolloutFactorsService,
    RolloutObservers,
    RolloutOffers,
    RolloutOutcomes,
    RolloutPartRepository,
    RolloutPlanning,
    RolloutPreviews,
    RolloutProgress,
    RolloutRepository,
    RolloutTransitions,
    RolloutView,
    RolloutsService,
    ServerBeat,
  ],
  exports: [CheckIns, RolloutOffers],
})
export class RolloutsModule {
  constructor(offers: OfferRecords, open: OpenRollouts, uses: GroupUses, rollouts: RolloutRepository) {
    offers.add((manager, firmwareId) => rollouts.hasOffered(manager, firmwareId));
    open.findWith((manager, firmwareId) => rollouts.findOpen(manager, firmwareId));
    uses.findWith(async (manager, name) => {
      const open = await rollouts.findOpenFilters(manager);
      return open.flatMap(({ id, filters }) => (filters.flatMap(groupNamesIn).includes(name) ? [id] : []));
    });
  }
}
