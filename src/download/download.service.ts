import type { FileHandle } from 'node:fs/promises';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { APP_CONFIG, type AppConfig } from '../config/app-config.js';
import { isDownloadSignature } from '../domain/download-signature.js';
import { Metrics } from '../metrics/metrics.js';
import { DomainError } from '../domain/errors.js';
import { FirmwareIntegrity, FirmwareStore, type StoredFile } from '../firmware/firmware.exports.js';
import { ReleaseCatalog, type DownloadableFile } from '../releases/releases.exports.js';
import { followRequest } from '../http/request-context.js';
import { ImageCache, type LentImage } from './image-cache.js';
import { readVerified } from './read-verified.js';

/** What a signed download URL carries, as it came. */
export interface DownloadTicket {
  readonly deviceId: string;
  readonly expires: string;
  readonly signature: string;
}

/** A firmware to be sent: from memory, or from its open file. Whoever gets it lets go of it. */
export interface FirmwareDownload {
  readonly firmware: DownloadableFile;
  readonly content: Buffer | FileHandle;
  /** Not everybody may have it, so shared caches must not keep it. */
  readonly isPrivate: boolean;
  letGo(): void | Promise<void>;
}

@Injectable()
export class DownloadService {
  private readonly logger = new Logger('Download');
  private readonly images: ImageCache<DownloadableFile>;

  constructor(
    @Inject(APP_CONFIG) private readonly config: AppConfig,
    private readonly catalog: ReleaseCatalog,
    private readonly store: FirmwareStore,
    private readonly integrity: FirmwareIntegrity,
    private readonly metrics: Metrics,
  ) {
    this.images = new ImageCache(config.imageCacheBytes, (firmware) =>
      followRequest(() => this.readWhole(firmware)),
    );
  }

  /**
   * At once what is in memory; a promise of what has to be read.
   * @param isAdmin whether an admin asks; asked for a firmware that was never released and has no valid signature
   * @throws DomainError DOWNLOAD_SIGNATURE_INVALID, DOWNLOAD_SIGNATURE_EXPIRED, FIRMWARE_NOT_FOUND (unknown, inactive,
   * never released, or its file is missing), FIRMWARE_FILE_DAMAGED
   */
  openFirmware(
    firmwareId: number,
    ticket: DownloadTicket,
    isAdmin: () => Promise<boolean>,
  ): FirmwareDownload | Promise<FirmwareDownload> {
    const firmware = this.catalog.findFile(firmwareId);
    const refusal = this.refusalOf(firmwareId, firmware, ticket);
    if (refusal && firmware?.isReleased === false) {
      return followRequest(async () => {
        if (await isAdmin()) return this.open(firmware);
        throw refusal;
      });
    }
    if (refusal) throw refusal;
    if (!firmware) throw notFound(firmwareId);
    return this.open(firmware);
  }

  private open(firmware: DownloadableFile): FirmwareDownload | Promise<FirmwareDownload> {
    const image = this.catalog.isDamaged(firmware.id) ? null : this.images.lend(firmware);
    if (!image) return followRequest(() => this.fromDisk(firmware));
    return image instanceof Promise
      ? image.then((lent) => this.fromMemory(firmware, lent))
      : this.fromMemory(firmware, image);
  }

  /** Where URLs are signed, a wrong signature is refused for every id, so that nobody learns which ids there are. */
  private refusalOf(
    firmwareId: number,
    firmware: DownloadableFile | undefined,
    ticket: DownloadTicket,
  ): DomainError | null {
    const { secret } = this.config.download;
    if (secret !== null) return faultOf(ticket, firmwareId, secret);
    return firmware?.isReleased === false ? notFound(firmwareId) : null;
  }

  private isPrivate({ isReleased }: DownloadableFile): boolean {
    return this.config.download.secret !== null || !isReleased;
  }

  private fromMemory(firmware: DownloadableFile, { bytes, giveBack }: LentImage): FirmwareDownload {
    this.metrics.images.add(1, 'memory');
    return { firmware, content: bytes, isPrivate: this.isPrivate(firmware), letGo: giveBack };
  }

  private async fromDisk(firmware: DownloadableFile): Promise<FirmwareDownload> {
    this.metrics.images.add(1, 'disk');
    const { handle } = await this.openWhole(firmware);
    return {
      firmware,
      content: handle,
      isPrivate: this.isPrivate(firmware),
      letGo: () => handle.close(),
    };
  }

  private async openWhole(firmware: DownloadableFile): Promise<StoredFile> {
    const file = await this.store.open(firmware.binaryPath);
    if (!file) {
      this.logger.error(
        `Firmware ${firmware.id} cannot be served: ${firmware.binaryPath} is not in the store.`,
      );
      throw notFound(firmware.id);
    }
    try {
      await this.integrity.ensureWhole(firmware, file);
      return file;
    } catch (error) {
      await file.handle.close();
      throw error;
    }
  }

  private async readWhole(firmware: DownloadableFile): Promise<Buffer> {
    const { handle } = await this.openWhole(firmware);
    try {
      const bytes = await readVerified(handle, firmware);
      if (bytes) return bytes;
    } finally {
      await handle.close();
    }
    // What was whole when it was opened has been written to since.
    throw new DomainError('FIRMWARE_FILE_DAMAGED', 'The stored file is damaged and is not served.');
  }
}

/** @returns why a ticket does not open a firmware; null when it does */
function faultOf(
  { deviceId, expires, signature }: DownloadTicket,
  firmwareId: number,
  secret: string,
): DomainError | null {
  const grant = { firmwareId, deviceId: wholeNumber(deviceId), expires: wholeNumber(expires) };
  if (!isDownloadSignature(signature, grant, secret)) {
    return new DomainError(
      'DOWNLOAD_SIGNATURE_INVALID',
      'The download URL is not one that a check answered.',
    );
  }
  if (Date.now() / 1000 <= grant.expires) return null;
  return new DomainError(
    'DOWNLOAD_SIGNATURE_EXPIRED',
    'The download URL has expired; check again for a new one.',
  );
}

/** Only as the server itself writes it; anything else matches no signature. */
function wholeNumber(text: string): number {
  return /^[1-9]\d{0,15}$/.test(text) ? Number(text) : NaN;
}

function notFound(firmwareId: number): DomainError {
  return new DomainError('FIRMWARE_NOT_FOUND', `There is no firmware to download with the id ${firmwareId}.`);
}
