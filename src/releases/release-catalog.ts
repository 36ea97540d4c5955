import { setTimeout as sleep } from 'node:timers/promises';
import {
  Inject,
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { APP_CONFIG, type AppConfig } from '../config/app-config.js';
import { ChangeFeed } from '../database/change-feed.js';
import { PeriodicTasks } from '../database/periodic-tasks.js';
import { sharedPlan, type ReleasePlan } from '../domain/release-plan.js';
import type { PassedOver, UpdateDecision } from '../domain/update-decision.js';
import { HealthMonitor } from '../http/health/health-monitor.js';
import { Metrics } from '../metrics/metrics.js';
import { VerifiedFiles } from '../storage/verified-files.js';
import { DecisionCache, type RunningFirmware } from './decision-cache.js';
import { mayBeOffered, toRelease, type DownloadableFile, type Release, type ReleaseRow } from './release.js';
import { ReleaseRepository } from './release.repository.js';

/** Who changes the table and who hears of it ask for a read within this time of each other, and share it. */
const GATHER_MS = 10;

/** What the table said when it was read. */
interface Content {
  /** Every active firmware by id, stable or not. */
  readonly files: ReadonlyMap<number, DownloadableFile>;
  readonly stable: readonly Release[];
}

/**
 * Everything that devices may have, in memory, so that no check and no download asks the database. Whoever changes the
 * table is heard (LISTEN firmware_changed); it is read again, too, when that connection comes back and once in a while.
 */
@Injectable()
export class ReleaseCatalog implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger('ReleaseCatalog');
  private content: Content = { files: new Map(), stable: [] };
  private decisions = new DecisionCache<Release>(new Map());
  private readonly damaged = new Set<number>();
  /** Reading of `performance.now()` up to which the catalog is what the database said. */
  private confirmedAt = performance.now();
  private isBehind = false;
  private reads = 0;
  private newestRead = 0;
  private running: Promise<void> | undefined;
  /** A read that has not begun. */
  private next: Promise<void> | undefined;

  constructor(
    @Inject(APP_CONFIG) private readonly config: AppConfig,
    private readonly releases: ReleaseRepository,
    changes: ChangeFeed,
    tasks: PeriodicTasks,
    files: VerifiedFiles,
    metrics: Metrics,
    health: HealthMonitor,
  ) {
    metrics.catalogAge.watch('', () => this.ageSeconds);
    health.watchCatalog(() => this.ageSeconds);
    files.onDamage((id, isDamaged) => {
      this.setDamaged(id, isDamaged);
    });
    const refresh = (): Promise<void> => this.refresh();
    changes.subscribe(['firmware_changed'], {
      onChange: () => void refresh(),
      onDeaf: () => void refresh(),
      onAlive: (since) => {
        if (this.isBehind) void refresh();
        else if (!this.running && !this.next) this.confirmedAt = since;
      },
    });
    tasks.add({ name: 'Reading the catalog', everyMs: config.limits.catalogRefreshMs, run: refresh });
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.read();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.next;
    await this.running;
  }

  /** Seconds since the catalog was known to be what the database says. */
  get ageSeconds(): number {
    return (performance.now() - this.confirmedAt) / 1000;
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

  planOf(deviceType: string): ReleasePlan<Release> {
    return this.decisions.planOf(deviceType);
  }

  /** An active firmware, stable or not. */
  findFile(firmwareId: number): DownloadableFile | undefined {
    return this.content.files.get(firmwareId);
  }

  /** Which of the ids are of a firmware, active or not. Asks the database only about those that are not active. */
  async findRegistered(ids: readonly number[]): Promise<ReadonlySet<number>> {
    const unknown = ids.filter((id) => !this.content.files.has(id));
    if (unknown.length === 0) return new Set(ids);
    const inactive = new Set(await this.releases.findRegistered(unknown));
    return new Set(ids.filter((id) => this.content.files.has(id) || inactive.has(id)));
  }

  /** A firmware whose file is damaged is not offered. */
  private setDamaged(firmwareId: number, isDamaged: boolean): void {
    if (this.damaged.has(firmwareId) === isDamaged) return;
    if (isDamaged) this.damaged.add(firmwareId);
    else this.damaged.delete(firmwareId);
    this.plan();
  }

  /**
   * Resolves when what was committed before this call is in the catalog; if it cannot be read, the catalog stays as it
   * was. All that ask for it before the read begins share it: who publishes, and the feed that hears of the same change.
   */
  refresh(): Promise<void> {
    this.next ??= this.readNext();
    return this.next;
  }

  private async readNext(): Promise<void> {
    await sleep(GATHER_MS);
    await this.running;
    // Whoever asks from here on may have committed what this read does not see.
    this.next = undefined;
    this.running = this.readOrStay().finally(() => {
      this.running = undefined;
    });
    await this.running;
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
    const rows = await this.releases.findActive();
    if (order < this.newestRead) return;
    this.newestRead = order;
    this.confirmedAt = begun;
    this.content = this.contentOf(rows);
    this.plan();
  }

  private contentOf(rows: readonly ReleaseRow[]): Content {
    const files = new Map<number, DownloadableFile>();
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
