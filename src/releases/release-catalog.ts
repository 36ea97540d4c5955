import {
  Inject,
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { APP_CONFIG, type AppConfig } from '../config/app-config.js';
import { ChangeFeed } from '../database/change-feed.js';
import { FreshCopy } from '../database/fresh-copy.js';
import { PeriodicTasks } from '../database/periodic-tasks.js';
import { sharedPlan, type SharedPlan } from '../domain/release-plan.js';
import type { PassedOver, UpdateDecision } from '../domain/update-decision.js';
import { HealthMonitor } from '../http/health/health-monitor.js';
import { Metrics } from '../metrics/metrics.js';
import { VerifiedFiles } from '../storage/verified-files.js';
import { DecisionCache, type RunningFirmware } from './decision-cache.js';
import {
  mayBeOffered,
  toRelease,
  type DownloadableFile,
  type Image,
  type Release,
  type ReleaseRow,
} from './release.js';
import { ReleaseRepository, type FirmwareName, type FirmwareStanding } from './release.repository.js';

/** What the table said when it was read. */
interface Content {
  /** Every active firmware by id, stable or not. */
  readonly files: ReadonlyMap<number, DownloadableFile | Release>;
  readonly stable: readonly Release[];
}

/**
 * Everything that devices may have, in memory, so that no check and no download asks the database. Whoever changes the
 * table is heard (LISTEN firmware_changed).
 */
@Injectable()
export class ReleaseCatalog implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger('ReleaseCatalog');
  private readonly copy: FreshCopy<ReleaseRow[]>;
  private content: Content = { files: new Map(), stable: [] };
  private decisions = new DecisionCache<Release>(new Map());
  private readonly damaged = new Set<number>();
  private withdrawn: ReadonlySet<number> = new Set();
  /** Counts the plans, so that who has made something of one sees that there is another. */
  edition = 0;

  constructor(
    @Inject(APP_CONFIG) { limits }: AppConfig,
    private readonly releases: ReleaseRepository,
    changes: ChangeFeed,
    tasks: PeriodicTasks,
    files: VerifiedFiles,
    metrics: Metrics,
    health: HealthMonitor,
  ) {
    this.copy = new FreshCopy(
      {
        name: 'The catalog',
        channels: ['firmware_changed'],
        everyMs: limits.catalogRefreshMs,
        patienceMs: limits.heartbeatMs,
        read: () => releases.findActive(),
        take: (rows) => {
          this.content = this.contentOf(rows);
          this.plan();
        },
      },
      changes,
      tasks,
    );
    metrics.catalogAge.watch('', () => this.ageSeconds);
    health.watchCatalog(() => this.ageSeconds);
    files.onDamage((id, isDamaged) => {
      this.setDamaged(id, isDamaged);
    });
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.copy.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.copy.stop();
  }

  /** Seconds since the catalog was known to be what the database says. */
  get ageSeconds(): number {
    return this.copy.ageSeconds;
  }

  /** Resolves when what was committed before this call is in the catalog; if it cannot be read, it stays as it was. */
  refresh(): Promise<void> {
    return this.copy.refresh();
  }

  /** What a device of this type may have that runs this. */
  decide(running: RunningFirmware): UpdateDecision<Release> {
    return this.decisions.decide(running);
  }

  /** The same decision, made again for those who want to know how. */
  explain(running: RunningFirmware, onPassedOver: PassedOver<Release>): UpdateDecision<Release> {
    return this.decisions.explain(running, onPassedOver);
  }

  /** Stable releases of a type that are not offered, since their files are damaged. */
  damagedOf(deviceType: string): Release[] {
    return this.content.stable.filter(
      (release) => release.deviceType === deviceType && this.damaged.has(release.id),
    );
  }

  /** What everybody may have. */
  planOf(deviceType: string): SharedPlan<Release> {
    return this.decisions.planOf(deviceType);
  }

  /** An active firmware, stable or not. */
  findFile(firmwareId: number): DownloadableFile | undefined {
    return this.content.files.get(firmwareId);
  }

  /** An active firmware that may be offered, stable or not: its version can be compared, and its file is whole. */
  findOfferable(firmwareId: number): Release | undefined {
    const file = this.content.files.get(firmwareId);
    return file && mayBeOffered(file) && !this.damaged.has(firmwareId) ? file : undefined;
  }

  /** An active firmware whose file is not what was registered, as far as this process has found out. */
  isDamaged(firmwareId: number): boolean {
    return this.damaged.has(firmwareId);
  }

  /** Firmware that is not served any more, though it is active: replaces what was withdrawn before. */
  withdraw(firmwareIds: ReadonlySet<number>): void {
    this.withdrawn = firmwareIds;
  }

  isWithdrawn(firmwareId: number): boolean {
    return this.withdrawn.has(firmwareId);
  }

  /** Which of the ids are of a firmware, active or not. Asks the database only about those that are not active. */
  async findRegistered(ids: readonly number[]): Promise<ReadonlySet<number>> {
    const unknown = ids.filter((id) => !this.content.files.has(id));
    if (unknown.length === 0) return new Set(ids);
    const inactive = new Set(await this.releases.findRegistered(unknown));
    return new Set(ids.filter((id) => this.content.files.has(id) || inactive.has(id)));
  }

  /** A firmware, active or not, as the table has it now. @param manager nobody changes it until its transaction ends */
  findStanding(firmwareId: number, manager?: EntityManager): Promise<FirmwareStanding | null> {
    return this.releases.find(firmwareId, manager);
  }

  /** What those of these firmwares are called that there are, as the table has it now. */
  findNames(ids: readonly number[]): Promise<FirmwareName[]> {
    return this.releases.findNames(ids);
  }

  /** What firmware is known by, active or not; those that are gone are missing. */
  async findImages(ids: readonly number[], manager?: EntityManager): Promise<Map<number, Image>> {
    const images = new Map<number, Image>();
    for (const id of ids) {
      const file = this.content.files.get(id);
      if (file) images.set(id, { version: file.versionText, build: file.build });
    }
    const unknown = ids.filter((id) => !images.has(id));
    const others = unknown.length > 0 ? await this.releases.findImages(unknown, manager) : [];
    for (const { id, version, build } of others) images.set(id, { version, build });
    return images;
  }

  /** A firmware whose file is damaged is not offered. */
  private setDamaged(firmwareId: number, isDamaged: boolean): void {
    if (this.damaged.has(firmwareId) === isDamaged) return;
    if (isDamaged) this.damaged.add(firmwareId);
    else this.damaged.delete(firmwareId);
    this.plan();
  }

  private contentOf(rows: readonly ReleaseRow[]): Content {
    const files = new Map<number, DownloadableFile | Release>();
    const stable: Release[] = [];
    for (const row of rows) {
      const file = toRelease(row);
      files.set(row.id, file);
      if (!row.isStable) continue;
      if (mayBeOffered(file)) stable.push(file);
      else {
        this.logger.warn(
          `Firmware ${row.id} is not offered: "${row.versionText}" or its floor cannot be compared.`,
        );
      }
    }
    return { files, stable };
  }

  /** Decisions go with the plans that they were made by. */
  private plan(): void {
    const byType = new Map<string, Release[]>();
    for (const release of this.content.stable) {
      if (this.damaged.has(release.id)) continue;
      const ofType = byType.get(release.deviceType);
      if (ofType) ofType.push(release);
      else byType.set(release.deviceType, [release]);
    }
    this.decisions = new DecisionCache(
      new Map([...byType].map(([deviceType, releases]) => [deviceType, sharedPlan(releases)])),
    );
    this.edition += 1;
  }
}
