import { Inject, Injectable } from '@nestjs/common';
import { APP_CONFIG, type AppConfig } from '../config/app-config.js';
import { isDownloadSignature } from '../domain/download-signature.js';
import { DomainError } from '../domain/errors.js';
import {
  FileIntegrity,
  ReleaseCatalog,
  type DownloadableFile,
  type StoredFile,
} from '../firmware/firmware.exports.js';

/** What a signed download URL carries, as it came. */
export interface DownloadTicket {
  readonly deviceId: string;
  readonly expires: string;
  readonly signature: string;
}

/** A firmware and its open file; whoever gets it closes the handle. */
export interface FirmwareDownload extends StoredFile {
  readonly firmware: DownloadableFile;
}

@Injectable()
export class DownloadService {
  constructor(
    @Inject(APP_CONFIG) private readonly config: AppConfig,
    private readonly catalog: ReleaseCatalog,
    private readonly integrity: FileIntegrity,
  ) {}

  /**
   * @throws DomainError DOWNLOAD_SIGNATURE_INVALID, DOWNLOAD_SIGNATURE_EXPIRED, FIRMWARE_NOT_FOUND (unknown, inactive,
   * or its file is missing), FIRMWARE_FILE_DAMAGED
   */
  async openFirmware(firmwareId: number, ticket: DownloadTicket): Promise<FirmwareDownload> {
    this.refuseBadTicket(firmwareId, ticket);
    const firmware = this.catalog.findFile(firmwareId);
    if (!firmware) throw notFound(firmwareId);
    const file = await this.integrity.openWhole(firmware);
    if (!file) throw notFound(firmwareId);
    return { firmware, ...file };
  }

  private refuseBadTicket(firmwareId: number, { deviceId, expires, signature }: DownloadTicket): void {
    const { secret } = this.config.download;
    if (secret === null) return;
    const grant = { firmwareId, deviceId: wholeNumber(deviceId), expires: wholeNumber(expires) };
    if (!isDownloadSignature(signature, grant, secret)) {
      throw new DomainError(
        'DOWNLOAD_SIGNATURE_INVALID',
        'The download URL is not one that a check answered.',
      );
    }
    if (Date.now() / 1000 > grant.expires) {
      throw new DomainError(
        'DOWNLOAD_SIGNATURE_EXPIRED',
        'The download URL has expired; check again for a new one.',
      );
    }
  }
}

/** Only as the server itself writes it; anything else matches no signature. */
function wholeNumber(text: string): number {
  return /^[1-9]\d{0,15}$/.test(text) ? Number(text) : NaN;
}

function notFound(firmwareId: number): DomainError {
  return new DomainError('FIRMWARE_NOT_FOUND', `There is no firmware to download with the id ${firmwareId}.`);
}
