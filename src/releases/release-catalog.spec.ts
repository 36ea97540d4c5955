import { setTimeout as sleep } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { jest } from '@jest/globals';
import type { AppConfig } from '../config/app-config.js';
import type { ChangeFeed, ChangeSubscriber } from '../database/change-feed.js';
import { PeriodicTasks } from '../database/periodic-tasks.js';
import type { HealthMonitor } from '../http/health/health-monitor.js';
import { Metrics } from '../metrics/metrics.js';
import type { DamageListener, VerifiedFiles } from '../storage/verified-files.js';
import { ReleaseCatalog } from './release-catalog.js';
import type { ReleaseRow } from './release.js';
import type { ReleaseRepository } from './release.repository.js';

const HOUR_MS = 3_600_000;
const config = { limits: { catalogRefreshMs: HOUR_MS, heartbeatMs: HOUR_MS, drainMs: 1_000 } } as AppConfig;

const aRow = (id: number, more: Partial<ReleaseRow> = {}): ReleaseRow => ({
  id,
  deviceType: 'sensor',
  versionText: `1.${id}.0`,
  build: 1,
  description: null,
  filename: 'firmware.bin',
  binaryPath: `sensor/v1.${id}.0.bin`,
  fileSize: 100,
  fileHash: 'ab'.repeat(32),
  publishedAt: new Date(0),
  isReleased: true,
  floorText: null,
  offerToUnparsable: false,
  isStable: true,
  secureVersion: null,
  ...more,
});

describe('the catalog of releases', () => {
  let rows: ReleaseRow[];
  let reads: number;
  let read: () => Promise<ReleaseRow[]>;
  let feed: ChangeSubscriber;
  let tellDamage: DamageListener;
  let catalog: ReleaseCatalog;
  let warn: jest.SpiedFunction<Logger['warn']>;

  const offered = (version = '1.0.0'): number | string => {
    const decision = catalog.decide({ deviceType: 'sensor', version, build: 1 });
    return decision.kind === 'offer' ? decision.release.id : decision.reason;
  };

  beforeEach(async () => {
    warn = jest.spyOn(Logger.prototype, 'warn').mockReturnValue(undefined);
    jest.spyOn(Logger.prototype, 'log').mockReturnValue(undefined);
    rows = [aRow(1)];
    reads = 0;
    read = () => Promise.resolve(rows);
    const findActive = (): Promise<ReleaseRow[]> => {
      reads += 1;
      return read();
    };
    catalog = new ReleaseCatalog(
      config,
      { findActive } as unknown as ReleaseRepository,
      { subscribe: (_: unknown, one: ChangeSubscriber) => (feed = one) } as unknown as ChangeFeed,
      new PeriodicTasks(config),
      { onDamage: (listener: DamageListener) => (tellDamage = listener) } as unknown as VerifiedFiles,
      new Metrics(),
      { watchCatalog: () => undefined } as unknown as HealthMonitor,
    );
    await catalog.onApplicationBootstrap();
    reads = 0;
  });
  afterEach(async () => {
    await catalog.beforeApplicationShutdown();
    jest.restoreAllMocks();
  });

  it('is read once for who publishes and for the notification of it, whichever comes first', async () => {
    rows = [aRow(2)];
    const published = catalog.refresh();
    feed.onChange(null);
    await published;
    expect([offered(), reads]).toEqual([2, 1]);
    rows = [aRow(3)];
    feed.onChange(null);
    await catalog.refresh();
    expect([offered(), reads]).toEqual([3, 1 + 1]);
    await sleep(50);
    expect(reads).toBe(2);
  });

  it('is read again for who publishes while a read is under way, which may not have seen it', async () => {
    const answers: ((rows: ReleaseRow[]) => void)[] = [];
    read = () => new Promise((resolve) => answers.push(resolve));
    feed.onChange(null);
    await sleep(50);
    expect(answers).toHaveLength(1);
    let isKnown = false;
    const published = catalog.refresh().then(() => (isKnown = true));
    answers[0]?.([aRow(1)]);
    await sleep(50);
    expect([isKnown, answers.length]).toEqual([false, 2]);
    answers[1]?.([aRow(2)]);
    await published;
    expect(offered()).toBe(2);
  });

  it('stays as it was while it cannot be read, and says so once', async () => {
    read = () => Promise.reject(new Error('away'));
    await catalog.refresh();
    await catalog.refresh();
    expect(offered()).toBe(1);
    expect(warn).toHaveBeenCalledTimes(1);
    rows = [aRow(2)];
    read = () => Promise.resolve(rows);
    feed.onAlive(performance.now());
    await sleep(50);
    expect(offered()).toBe(2);
  });

  it('does not offer what is damaged, until it is whole again', async () => {
    rows = [aRow(1), aRow(2)];
    await catalog.refresh();
    expect(offered()).toBe(2);
    tellDamage(2, true);
    expect(offered()).toBe(1);
    tellDamage(2, false);
    expect(offered()).toBe(2);
  });

  it('has files that are not offered: drafts, and those whose version cannot be compared', async () => {
    rows = [aRow(1, { isStable: false, isReleased: false }), aRow(2, { versionText: 'latest' })];
    await catalog.refresh();
    expect(offered()).toBe('no_release');
    expect([catalog.findFile(1)?.isReleased, catalog.findFile(2)?.versionText]).toEqual([false, 'latest']);
    expect(warn).toHaveBeenCalledTimes(1);
  });
});
