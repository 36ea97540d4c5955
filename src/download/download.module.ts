import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AuthModule } from '../auth/auth.module.js';
import { DevicesModule } from '../devices/devices.module.js';
import { OfferRecords } from '../releases/releases.exports.js';
import { ReleasesModule } from '../releases/releases.module.js';
import { StorageModule } from '../storage/storage.module.js';
import { DownloadCountController } from './download-count.controller.js';
import { DownloadCounter } from './download-counter.js';
import { DownloadLocation } from './download-location.js';
import { DownloadController } from './download.controller.js';
import { DownloadRepository } from './download.repository.js';
import { DownloadService } from './download.service.js';
import { FirmwareDownloadEntity } from './firmware-download.entity.js';

@Module({
  imports: [
    AuthModule,
    DevicesModule,
    ReleasesModule,
    StorageModule,
    TypeOrmModule.forFeature([FirmwareDownloadEntity]),
  ],
  controllers: [DownloadController, DownloadCountController],
  providers: [DownloadService, DownloadLocation, DownloadCounter, DownloadRepository],
})
export class DownloadModule {
  constructor(offers: OfferRecords, downloads: DownloadRepository) {
    offers.add((manager, firmwareId) => downloads.hasDownloads(manager, firmwareId));
  }
}
