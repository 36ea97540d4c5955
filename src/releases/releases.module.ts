import { Module } from '@nestjs/common';
import { OfferRecords } from './offer-records.js';
import { ReleaseCatalog } from './release-catalog.js';
import { ReleaseRepository } from './release.repository.js';

/** What devices may have, in memory; and whether they were offered it. */
@Module({
  providers: [ReleaseRepository, ReleaseCatalog, OfferRecords],
  exports: [ReleaseCatalog, OfferRecords],
})
export class ReleasesModule {}
