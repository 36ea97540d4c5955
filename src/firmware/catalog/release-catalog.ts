import {
  Inject,
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { APP_CONFIG, type AppConfig } from '../../config/app-config.js';
import { newestFirst } from '../../domain/update-decision.js';
import type { FirmwareEntity } from '../firmware.entity.js';
import { FirmwareRepository } from '../firmware.repository.js';
import { FirmwareChangeListener } from './firmware-change-listener.js';
import { toFile, toRelease, type DownloadableFile, type Release } from './release.js';

/** One list, so that what is derived from it can be remembered. */
const NONE: readonly Release[] = [];

interface Snapshot {
  /** Stable releases by device type, newest first. */
  readonly releases: ReadonlyMap<string, readonly Release[]>;
  /** Every active firmware by id, stable or not. */
  readonly files: ReadonlyMap<number, DownloadableFile>;
}

/**
 * Everything that devices may have, in memory, so that no check and no download asks the database. Whoever changes the
 * table is heard (LISTEN firmware_changed); it is read again, too, when that connection comes back and once in a while.
 */
@Injectable()
export class ReleaseCatalog implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger('ReleaseCatalog');
  private snapshot: Snapshot = { releases: new Map(), files: new Map() };
  private rows: readonly FirmwareEntity[] = [];
  private readonly damaged = new Set<number>();
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | undefined;
  private next: Promise<void> | undefined;

  constructor(
    @Inject(APP_CONFIG) private readonly config: AppConfig,
    private readonly firmware: FirmwareRepository,
    private readonly changes: FirmwareChangeListener,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    await this.read();
    this.changes.start(() => void this.refresh());
    this.timer = setInterval(() => void this.refresh(), this.config.limits.catalogRefreshMs).unref();
  }

  async beforeApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    await this.changes.stop();
    await this.running;
  }

  /** Stable and active releases of a device type, newest first. */
  releasesFor(deviceType: string): readonly Release[] {
    return this.snapshot.releases.get(deviceType) ?? NONE;
  }

  /** An active firmware, stable or not. */
  findFile(firmwareId: number): DownloadableFile | undefined {
    return this.snapshot.files.get(firmwareId);
  }

  /** Whether the newest look at its file found it damaged or gone. */
  isDamaged(firmwareId: number): boolean {
    return this.damaged.has(firmwareId);
  }

  /** A firmware whose file is damaged is not offered. */
  setDamaged(firmwareId: number, isDamaged: boolean): void {
    if (this.damaged.has(firmwareId) === isDamaged) return;
    if (isDamaged) this.damaged.add(firmwareId);
    else this.damaged.delete(firmwareId);
    this.build();
  }

  /**
   * Resolves when what was committed before this call is in the catalog; if it cannot be read, the catalog stays as it
   * was. Calls that come together share one read.
   */
  refresh(): Promise<void> {
    if (!this.running) {
      this.running = this.readOrStay().finally(() => {
        this.running = undefined;
      });
      return this.running;
    }
    // The read under way may have begun too early to see it.
    this.next ??= this.running.then(() => {
      this.next = undefined;
      return this.refresh();
    });
    return this.next;
  }

  private async readOrStay(): Promise<void> {
    try {
      await this.read();
    } catch (error) {
      this.logger.warn(`The catalog could not be read and stays as it was: ${String(error)}`);
    }
  }

  private async read(): Promise<void> {
    this.rows = await this.firmware.findActive();
    this.build();
  }

  private build(): void {
    const offered = this.rows.filter(({ id, isStable }) => isStable && !this.damaged.has(id));
    this.snapshot = {
      releases: this.releasesByType(offered),
      files: new Map(this.rows.map((row) => [row.id, toFile(row)])),
    };
  }

  private releasesByType(rows: readonly FirmwareEntity[]): Map<string, Release[]> {
    const releases = new Map<string, Release[]>();
    for (const row of rows) {
      const release = toRelease(row);
      if (!release) {
        this.logger.warn(
          `Firmware ${row.id} is not offered: "${row.version}" or its floor cannot be compared.`,
        );
        continue;
      }
      const ofType = releases.get(row.deviceType);
      if (ofType) ofType.push(release);
      else releases.set(row.deviceType, [release]);
    }
    for (const ofType of releases.values()) ofType.sort(newestFirst);
    return releases;
  }
}
