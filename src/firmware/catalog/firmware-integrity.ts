import {
  Inject,
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { APP_CONFIG, type AppConfig } from '../../config/app-config.js';
import { DomainError } from '../../domain/errors.js';
import { FirmwareStore } from '../store/firmware-store.js';
import { ReleaseCatalog, type DownloadableFile } from '../../releases/releases.exports.js';

/** What identifies a file and how it should be. */
export type RegisteredFile = Pick<DownloadableFile, 'id' | 'binaryPath' | 'fileSize' | 'fileHash'>;

/** How a file looked when it was found to be whole: another look, another question. */
interface Look {
  /** Bytes. */
  readonly size: number;
  readonly modifiedAt: number;
}

/**
 * Disks forget: a stored file is compared with its hash before it is served for the first time, and again whenever it
 * looks as if it had been written to. One that is damaged is neither served nor offered until it is whole again.
 */
@Injectable()
export class FirmwareIntegrity implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger('FirmwareIntegrity');
  private readonly whole = new Map<number, Look>();
  private readonly damaged = new Map<number, RegisteredFile>();
  private readonly running = new Map<number, Promise<void>>();
  private timer: NodeJS.Timeout | undefined;

  constructor(
    @Inject(APP_CONFIG) private readonly config: AppConfig,
    private readonly store: FirmwareStore,
    private readonly catalog: ReleaseCatalog,
  ) {}

  onApplicationBootstrap(): void {
    const recheck = (): void => {
      for (const firmware of this.damaged.values()) this.verify(firmware).catch(() => undefined);
    };
    this.timer = setInterval(recheck, this.config.limits.catalogRefreshMs).unref();
  }

  async beforeApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    await Promise.allSettled(this.running.values());
  }

  /**
   * @param look of the file that is about to be served
   * @throws DomainError FIRMWARE_FILE_DAMAGED, STORE_UNAVAILABLE
   */
  async ensureWhole(firmware: RegisteredFile, look: Look): Promise<void> {
    const known = this.whole.get(firmware.id);
    if (known?.size === look.size && known.modifiedAt === look.modifiedAt) return;
    await this.verify(firmware);
  }

  /** Reads the file, once for all who ask meanwhile. @throws as {@link ensureWhole} */
  verify(firmware: RegisteredFile): Promise<void> {
    const { id } = firmware;
    let check = this.running.get(id);
    if (!check) {
      check = this.compare(firmware).finally(() => this.running.delete(id));
      this.running.set(id, check);
    }
    return check;
  }

  private async compare(firmware: RegisteredFile): Promise<void> {
    const { id, binaryPath } = firmware;
    const file = await this.store.open(binaryPath);
    await file?.handle.close();
    const hash = file?.size === firmware.fileSize ? await this.store.calculateHash(binaryPath) : null;
    if (!file || hash !== firmware.fileHash) {
      this.whole.delete(id);
      this.mark(firmware, file ? 'is damaged' : 'is not in the store');
      throw new DomainError(
        'FIRMWARE_FILE_DAMAGED',
        `The stored file of firmware ${id} ${file ? 'is damaged' : 'is missing'}: restore it from the backup.`,
      );
    }
    this.whole.set(id, { size: file.size, modifiedAt: file.modifiedAt });
    if (!this.damaged.delete(id)) return;
    this.catalog.setDamaged(id, false);
    this.logger.log(`Firmware ${id} is whole again and is offered and served as before.`);
  }

  private mark(firmware: RegisteredFile, how: string): void {
    const { id, binaryPath } = firmware;
    if (!this.damaged.has(id)) {
      this.logger.error(
        `Firmware ${id} is neither served nor offered: ${binaryPath} ${how}. Restore it from the backup.`,
      );
    }
    this.damaged.set(id, firmware);
    this.catalog.setDamaged(id, true);
  }
}
