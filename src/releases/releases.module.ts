import { Module } from '@nestjs/common';
import { StorageModule } from '../storage/storage.module.js';
import { DamageNews } from './damage-news.js';
import { OfferRecords } from './offer-records.js';
import { OpenRollouts } from './open-rollouts.js';
import { PersonalPlans } from './personal-plans.js';
import { ReleaseCatalog } from './release-catalog.js';
import { ReleaseMarks } from './release-marks.js';
import { ReleaseRepository } from './release.repository.js';

/** What devices may have, in memory; and whether they were offered it. */
@Module({
  imports: [StorageModule],
  providers: [
    DamageNews,
    ReleaseRepository,
    PersonalPlans,
    ReleaseCatalog,
    ReleaseMarks,
    OfferRecords,
    OpenRollouts,
  ],
  exports: [PersonalPlans, ReleaseCatalog, ReleaseMarks, OfferRecords, OpenRollouts],
})
export class ReleasesModule {}
