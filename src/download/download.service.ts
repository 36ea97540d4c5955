import { Inject, Injectable, Logger } from '@nestjs/common';
import { APP_CONFIG, type AppConfig } from '../config/app-config.js';
import { isDownloadSignature } from '../domain/download-signature.js';
import { Metrics } from '../metrics/metrics.js';
import { DomainError } from '../domain/errors.js';
import { ReleaseCatalog, type DownloadableFile } from '../releases/releases.exports.js';
import { followRequest } from '../http/request-context.js';
import type { SignedQuery } from '../http/signed-url.js';
import { DownloadLocation } from './download-location.js';
import { VerifiedFiles, type AcquiredFile } from '../storage/verified-files.js';

/** A firmware to be sent. */
export interface FirmwareDownload extends AcquiredFile {
  readonly firmware: DownloadableFile;
  /** Not everybody may have it, so shared caches must not keep it. */
  readonly isPrivate: boolean;
}

/** A firmware that the client gets at another place. */
export interface FirmwareElsewhere {
  readonly firmware: DownloadableFile;
  /** Absolute. */
  readonly location: string;
}

@Injectable()
export class DownloadService {
  private readonly logger = new Logger('Download');

  constructor(
    @Inject(APP_CONFIG) private readonly config: AppConfig,
    private readonly catalog: ReleaseCatalog,
    private readonly files: VerifiedFiles,
    private readonly elsewhere: DownloadLocation,
    private readonly metrics: Metrics,
  ) {}

  /**
   * The one step of a download that does not wait: devices fetch an image in hundreds of ranges, and a promise here would
   * cost each range of 4 KiB 14 % more CPU (Node 20; that the sending is a promise costs 4 %).
   * @param mayRedirect whether the client follows to another place
   * @returns null for what is not in memory or not for everybody who has this ticket: {@link openFirmware} says why
   */
  openLoaded(
    firmwareId: number,
    ticket: SignedQuery,
    mayRedirect: boolean,
  ): FirmwareDownload | FirmwareElsewhere | null {
    const firmware = this.catalog.findFile(firmwareId);
    if (!firmware || this.refusalOf(firmwareId, firmware, ticket)) return null;
    const location = mayRedirect ? this.elsewhere.of(firmware) : null;
    if (location !== null)
      return this.files.isKnownWhole(firmware) ? this.redirectTo(firmware, location) : null;
    const file = this.files.acquireLoaded(firmware);
    return file && this.downloadOf(firmware, file);
  }

  /**
   * @param mayRedirect whether the client follows to another place
   * @param isAdmin whether an admin asks; asked for a firmware that was never released and has no valid signature
   * @throws DomainError DOWNLOAD_SIGNATURE_INVALID, DOWNLOAD_SIGNATURE_EXPIRED, FIRMWARE_NOT_FOUND (unknown, inactive,
   * never released, or its file is missing), FIRMWARE_FILE_DAMAGED, STORE_UNAVAILABLE
   */
  async openFirmware(
    firmwareId: number,
    ticket: SignedQuery,
    mayRedirect: boolean,
    isAdmin: () => Promise<boolean>,
  ): Promise<FirmwareDownload | FirmwareElsewhere> {
    const firmware = this.catalog.findFile(firmwareId);
    const refusal = this.refusalOf(firmwareId, firmware, ticket);
    const isForAdmins = firmware?.isReleased === false || this.catalog.isWithdrawn(firmwareId);
    if (refusal && !isForAdmins) throw refusal;
    if (!firmware) throw notFound(firmwareId);
    return followRequest(async () => {
      if (refusal && !(await isAdmin())) throw refusal;
      const location = mayRedirect ? this.elsewhere.of(firmware) : null;
      return location === null ? this.acquire(firmware) : this.redirect(firmware, location);
    });
  }

  /**
   * The file is compared with its hash before the first redirect. While the store is away that is left to the device, which
   * compares it in any case: what is at the other place may well be there still.
   */
  private async redirect(firmware: DownloadableFile, location: string): Promise<FirmwareElsewhere> {
    try {
      if (!(await this.files.verifyOnce(firmware))) throw this.missing(firmware);
    } catch (error) {
      if (!(error instanceof DomainError) || error.code !== 'STORE_UNAVAILABLE') throw error;
    }
    return this.redirectTo(firmware, location);
  }

  private redirectTo(firmware: DownloadableFile, location: string): FirmwareElsewhere {
    this.metrics.images.add(1, 'elsewhere');
    return { firmware, location };
  }

  private async acquire(firmware: DownloadableFile): Promise<FirmwareDownload> {
    const file = await this.files.acquire(firmware);
    if (file) return this.downloadOf(firmware, file);
    throw this.missing(firmware);
  }

  private missing({ id, binaryPath }: DownloadableFile): DomainError {
    this.logger.error(`Firmware ${id} cannot be served: ${binaryPath} is not in the store.`);
    return notFound(id);
  }

  private downloadOf(firmware: DownloadableFile, { content, release }: AcquiredFile): FirmwareDownload {
    this.metrics.images.add(1, Buffer.isBuffer(content) ? 'memory' : 'disk');
    return { firmware, content, release, isPrivate: this.isPrivate(firmware) };
  }

  /** Where URLs are signed, a wrong signature is refused for every id, so that nobody learns which ids there are. */
  private refusalOf(
    firmwareId: number,
    firmware: DownloadableFile | undefined,
    ticket: SignedQuery,
  ): DomainError | null {
    const { secret, previousSecret } = this.config.download;
    const error = secret === null ? null : signatureErrorOf(ticket, firmwareId, [secret, previousSecret]);
    if (error) return error;
    const isDraft = secret === null && firmware?.isReleased === false;
    return isDraft || this.catalog.isWithdrawn(firmwareId) ? notFound(firmwareId) : null;
  }

  private isPrivate({ isReleased }: DownloadableFile): boolean {
    return this.config.download.secret !== null || !isReleased;
  }
}

/**
 * @param secrets that may have signed it; null: there is none
 * @returns why a ticket does not open a firmware; null when it does
 */
function signatureErrorOf(
  { deviceId, expires, signature }: SignedQuery,
  firmwareId: number,
  secrets: readonly (string | null)[],
): DomainError | null {
  const grant = { firmwareId, deviceId: wholeNumber(deviceId), expires: wholeNumber(expires) };
  const isOurs = secrets.some((secret) => secret !== null && isDownloadSignature(signature, grant, secret));
  if (!isOurs) {
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
