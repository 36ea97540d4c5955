import {
  Inject,
  Injectable,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { DataSource } from 'typeorm';
import { APP_CONFIG, type AppConfig } from '../../config/app-config.js';

/** Looks at a part of the server. @returns what is wrong with it, in a few words; null: nothing */
export type Look = () => Promise<string | null>;

/** What the last looks found; `ok`, or what is wrong. */
export interface HealthReport {
  readonly isOk: boolean;
  readonly parts: Readonly<Record<'database' | 'store', string>>;
  /** Since the catalog was known to be what the database says. */
  readonly catalogAgeSeconds: number;
}

interface Part {
  readonly look: Look;
  isUnderWay: boolean;
  finding: string;
}

const OK = 'ok';
/** Six heartbeats: by then neither notifications nor reading the catalog again has worked. */
const OLD_CATALOG_SECONDS = 30;

/**
 * Looks at the database and the store in the background, so that a request for the health of the server does no work of its
 * own and is answered at once whatever hangs.
 */
@Injectable()
export class HealthMonitor implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly parts = new Map<string, Part>();
  private catalogAge: () => number = () => 0;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    @Inject(APP_CONFIG) private readonly config: AppConfig,
    database: DataSource,
  ) {
    this.watch('database', async () => {
      await database.query('SELECT 1');
      return null;
    });
  }

  onApplicationBootstrap(): void {
    this.lookAtAll();
    this.timer = setInterval(() => {
      this.lookAtAll();
    }, this.config.limits.healthLookMs).unref();
  }

  beforeApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  /** To be called before the application has started. */
  watch(name: keyof HealthReport['parts'], look: Look): void {
    this.parts.set(name, { look, isUnderWay: false, finding: 'not looked at yet' });
  }

  watchCatalog(ageSeconds: () => number): void {
    this.catalogAge = ageSeconds;
  }

  report(): HealthReport {
    const finding = (name: string): string => this.parts.get(name)?.finding ?? OK;
    const parts = { database: finding('database'), store: finding('store') };
    const catalogAgeSeconds = this.catalogAge();
    const isOk = parts.database === OK && parts.store === OK && catalogAgeSeconds <= OLD_CATALOG_SECONDS;
    return { isOk, parts, catalogAgeSeconds };
  }

  private lookAtAll(): void {
    for (const part of this.parts.values()) void this.lookAt(part);
  }

  /** A look that hangs is not followed by another: a store that hangs would soon hold every thread of the process. */
  private async lookAt(part: Part): Promise<void> {
    if (part.isUnderWay) return;
    part.isUnderWay = true;
    const { healthPatienceMs } = this.config.limits;
    const overdue = setTimeout(() => {
      part.finding = `no answer within ${healthPatienceMs / 1000} s`;
    }, healthPatienceMs).unref();
    try {
      part.finding = (await part.look()) ?? OK;
    } catch {
      // The reason may name hosts and users; whoever needs it uses what is away, and finds the reason in the log.
      part.finding = 'cannot be used';
    } finally {
      clearTimeout(overdue);
      part.isUnderWay = false;
    }
  }
}
