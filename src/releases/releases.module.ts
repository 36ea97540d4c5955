import { Module } from '@nestjs/common';
import { ReleaseCatalog } from './release-catalog.js';
import { ReleaseRepository } from './release.repository.js';

/** What devices may have, in memory. */
@Module({
  providers: [ReleaseRepository, ReleaseCatalog],
  exports: [ReleaseCatalog],
})
export class ReleasesModule {}
