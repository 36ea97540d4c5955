import {
  Inject,
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { APP_CONFIG, type AppConfig } from '../../config/app-config.js';
import { ChangeFeed } from '../../database/change-feed.js';
import { PeriodicTasks } from '../../database/periodic-tasks.js';
import { newestFirst } from '../../domain/update-decision.js';
import type { FirmwareEntity } from '../firmware.entity.js';
import { HealthMonitor } from '../../http/health/health-monitor.js';
import { Metrics } from '../../metrics/metrics.js';
import { FirmwareRepository } from '../firmware.repository.js';
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
  /** Reading of `performance.now()` up to which the catalog is what the database said. */
  private confirmedAt = performance.now();
  private isBehind = false;
  private reads = 0;
  private newestRead = 0;
  private running: Promise<void> | undefined;
  private next: Promise<void> | undefined;

  constructor(
    @Inject(APP_CONFIG) private readonly config: AppConfig,
    private readonly firmware: FirmwareRepository,
    changes: ChangeFeed,
    tasks: PeriodicTasks,
    metrics: Metrics,
    health: HealthMonitor,
  ) {
    metrics.catalogAge.watch('', () => this.ageSeconds);
    health.watchCatalog(() => this.ageSeconds);
    const refresh = (): Promise<void> => this.refresh();
    changes.subscribe(['firmware_changed'], {
      onChange: () => void refresh(),
      onDeaf: () => void refresh(),
      onAlive: (since) => {
        if (this.isBehind) void refresh();
        else if (!this.running) this.confirmedAt = since;
      },
    });
    tasks.add({ name: 'Reading the catalog', everyMs: config.limits.catalogRefreshMs, run: refresh });
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.read();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.running;
  }

  /** Seconds since the catalog was known to be what the database says. */
  get ageSeconds(): number {
    return (performance.now() - this.confirmedAt) / 1000;
  }

  /** Stable and active releases of a device type, newest first. */
  releasesFor(deviceType: string): readonly Release[] {
    return this.snapshot.releases.get(deviceType) ?? NONE;
  }

  /** An active firmware, stable or not. */
  findFile(firmwareId: number): DownloadableFile | undefined {
    return this.snapshot.files.get(firmwareId);
  }

  /** Which of the ids are of a firmware, active or not. Asks the database only about those that are not active. */
  async findRegistered(ids: readonly number[]): Promise<ReadonlySet<number>> {
    const unknown = ids.filter((id) => !this.snapshot.files.has(id));
    if (unknown.length === 0) return new Set(ids);
    const inactive = new Set(await this.firmware.findRegistered(unknown));
    return new Set(ids.filter((id) => this.snapshot.files.has(id) || inactive.has(id)));
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
      await inTime(this.read(), this.config.limits.heartbeatMs);
      if (this.isBehind) this.logger.log('The catalog can be read again.');
      this.isBehind = false;
    } catch (error) {
      if (!this.isBehind)
        this.logger.warn(
          `The catalog could not be read and stays as it was; it is read again every few seconds. ${String(error)}`,
        );
      this.isBehind = true;
    }
  }

  /** A read that took so long that another was begun must not undo what that one found. */
  private async read(): Promise<void> {
    const order = ++this.reads;
    const begun = performance.now();
    const rows = await this.firmware.findActive();
    if (order < this.newestRead) return;
    this.newestRead = order;
    this.confirmedAt = begun;
    this.rows = rows;
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

/** @throws Error when the work takes longer, as on a connection that is half open; it goes on by itself then */
async function inTime(work: Promise<void>, patienceMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`The database gave no answer within ${patienceMs / 1000} s.`));
    }, patienceMs);
  });
  work.catch(() => undefined);
  try {
    await Promise.race([work, tooLate]);
  } finally {
    clearTimeout(timer);
  }
}
