import { Logger } from '@nestjs/common';
import { jest } from '@jest/globals';
import { DataSource } from 'typeorm';
import type { AppConfig } from '../../src/config/app-config.js';
import { AdvisoryLock } from '../../src/database/advisory-lock.js';
import { ChangeFeed, type ChangeSubscriber } from '../../src/database/change-feed.js';
import { dataSourceOptions } from '../../src/database/data-source.js';
import { eventually } from '../support/http-client.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { startWay, type Way, type WayOptions } from '../support/way.js';

const HEARTBEAT_MS = 200;
const LOCK = 4_007_999;

class Ear implements ChangeSubscriber {
  changes = 0;
  deaf = 0;
  aliveSince = 0;

  onChange(): void {
    this.changes += 1;
  }
  onDeaf(): void {
    this.deaf += 1;
  }
  onAlive(since: number): void {
    this.aliveSince = since;
  }
}

describe('the change feed', () => {
  let database: TestDatabase;
  let dataSource: DataSource;
  let ways: Way[];
  let feeds: ChangeFeed[];
  let warn: jest.SpiedFunction<Logger['warn']>;

  beforeAll(async () => {
    database = await createTestDatabase();
    dataSource = await new DataSource(dataSourceOptions(database.url)).initialize();
  });
  beforeEach(() => {
    warn = jest.spyOn(Logger.prototype, 'warn').mockReturnValue(undefined);
    jest.spyOn(Logger.prototype, 'log').mockReturnValue(undefined);
    ways = [];
    feeds = [];
  });
  afterEach(async () => {
    jest.restoreAllMocks();
    for (const feed of feeds) {
      feed.beforeApplicationShutdown();
      await feed.onApplicationShutdown();
    }
    for (const way of ways) await way.close();
  });
  afterAll(async () => {
    await dataSource.destroy();
    await database.drop();
  });

  /** A feed that has begun to hear, as far as the way lets it. */
  const start = async (
    subscriptions: readonly (readonly [Ear, ...string[]])[] = [],
    options: WayOptions = {},
  ): Promise<{ feed: ChangeFeed; way: Way }> => {
    const way = await startWay(database.url, options);
    const config = { databaseDirectUrl: way.url, limits: { heartbeatMs: HEARTBEAT_MS } } as AppConfig;
    const feed = new ChangeFeed(config, database.url, dataSource);
    ways.push(way);
    feeds.push(feed);
    for (const [ear, ...channels] of subscriptions) feed.subscribe(channels, ear);
    feed.onApplicationBootstrap();
    for (const [ear] of subscriptions) await until(() => ear.changes === 1);
    if (options.losesNotifications !== true) await until(() => feed.session !== null);
    return { feed, way };
  };
  const until = (holds: () => boolean): Promise<void> =>
    eventually(() => (holds() ? Promise.resolve() : Promise.reject(new Error('not yet'))), 10_000);
  const notify = (channel: string) => database.query('SELECT pg_notify($1, $2)', [channel, '']);

  it('tells each subscriber of its own channels, on one connection', async () => {
    const [one, other, both] = [new Ear(), new Ear(), new Ear()];
    const { way } = await start([
      [one, 'one'],
      [other, 'Other channel'],
      [both, 'one', 'Other channel'],
    ]);
    await notify('one');
    await until(() => both.changes === 2);
    await notify('Other channel');
    await until(() => both.changes === 3);
    expect([one.changes, other.changes]).toEqual([2, 2]);
    expect(way.connections).toBe(1);
    const now = performance.now();
    await until(() => one.aliveSince > now && other.aliveSince > now);
  });

  it('has everybody read again after its connection was half open, and warns once', async () => {
    const [one, other] = [new Ear(), new Ear()];
    const { way } = await start([
      [one, 'one'],
      [other, 'other'],
    ]);
    way.freeze();
    await notify('one');
    await until(() => one.changes === 2 && other.changes === 2);
    expect([one.deaf, other.deaf]).toEqual([1, 1]);
    await notify('other');
    await until(() => other.changes === 3);
    expect(warn).toHaveBeenCalledTimes(1);
    expect(warn.mock.calls[0]?.[0]).toContain('no answer within 0.2 s');
  });

  it('has everybody read again and again behind a pooler that loses notifications, and warns once', async () => {
    const ear = new Ear();
    const { feed } = await start([[ear, 'one']], { losesNotifications: true });
    await until(() => ear.deaf >= 3);
    expect(ear.aliveSince).toBe(0);
    expect(feed.session).toBeNull();
    expect(warn).toHaveBeenCalledTimes(1);
    expect(warn.mock.calls[0]?.[0]).toContain('DATABASE_DIRECT_URL');
  });

  it('tells nothing any more when the app stops', async () => {
    const ear = new Ear();
    const { feed } = await start([[ear, 'one']]);
    feed.beforeApplicationShutdown();
    await notify('one');
    await new Promise((resolve) => setTimeout(resolve, 2 * HEARTBEAT_MS));
    expect([ear.changes, ear.deaf]).toEqual([1, 0]);
  });

  describe('an advisory lock of its session', () => {
    const lockOf = ({ feed }: { feed: ChangeFeed }): AdvisoryLock => new AdvisoryLock(feed, LOCK);

    it('is held by one process, until that gives it up', async () => {
      const [one, other] = [lockOf(await start()), lockOf(await start())];
      expect([await one.hold(), await other.hold()]).toEqual([true, false]);
      expect([await one.hold(), await other.hold()]).toEqual([true, false]);
      await one.release();
      expect([await other.hold(), await one.hold()]).toEqual([true, false]);
    });

    it('goes to another when the session of its holder has ended', async () => {
      const first = await start();
      const [one, other] = [lockOf(first), lockOf(await start())];
      expect(await one.hold()).toBe(true);
      await first.way.close();
      await eventually(async () => expect(await other.hold()).toBe(true));
      await until(() => first.feed.session === null);
      expect(await one.hold()).toBe(false);
      await one.release();
      expect(await other.hold()).toBe(true);
    });

    it('is held by nobody behind a pooler, on whose sessions it would stay for ever', async () => {
      const { feed } = await start([], { losesNotifications: true });
      expect(await new AdvisoryLock(feed, LOCK).hold()).toBe(false);
    });
  });
});
