import { Inject, Injectable, Logger } from '@nestjs/common';
import { APP_CONFIG, type AppConfig } from '../config/app-config.js';
import type { DownloadableFile } from '../releases/releases.exports.js';
import { parseBinaryPath } from '../storage/store-path.js';

/** Longer than this, a Location does not fit into the memory that devices have for it. */
const MAX_LOCATION = 1_535;

/** Where else a file can be downloaded: at DOWNLOAD_BASE_URL, by its path in the store. */
@Injectable()
export class DownloadLocation {
  private readonly logger = new Logger('Download');
  private readonly known = new WeakMap<DownloadableFile, string | null>();

  constructor(@Inject(APP_CONFIG) private readonly config: AppConfig) {}

  /** @returns an absolute https URL; null when this server has to send the file itself */
  of(firmware: DownloadableFile): string | null {
    const { baseUrl } = this.config.download;
    if (baseUrl === null) return null;
    let location = this.known.get(firmware);
    if (location === undefined) {
      location = this.locate(firmware, baseUrl);
      this.known.set(firmware, location);
    }
    return location;
  }

  private locate({ id, binaryPath }: DownloadableFile, baseUrl: string): string | null {
    const path = parseBinaryPath(binaryPath);
    if (path === null) return null;
    const location = baseUrl + path.split('/').map(encodeURIComponent).join('/');
    if (location.length <= MAX_LOCATION) return location;
    this.logger.warn(`Firmware ${id} is sent by this server: its URL at DOWNLOAD_BASE_URL is too long.`);
    return null;
  }
}
