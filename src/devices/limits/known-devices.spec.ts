import type { AppConfig } from '../../config/app-config.js';
import { PeriodicTasks } from '../../database/periodic-tasks.js';
import type { DeviceRepository } from '../record/device.repository.js';
import { KnownDevices } from './known-devices.js';

const config = { rateLimits: { newDevices: 1_000 }, limits: { drainMs: 1_000 } } as AppConfig;

describe('the ids of the devices on record', () => {
  let rows: number[];
  let queries: number[][];
  let isAway: boolean;
  let tasks: PeriodicTasks;
  let known: KnownDevices;

  beforeEach(() => {
    rows = [3, 5, 2 ** 48];
    queries = [];
    isAway = false;
    tasks = new PeriodicTasks(config);
    const repository = {
      findIdsAfter: (id: number, limit: number) =>
        isAway
          ? Promise.reject(new Error('away'))
          : Promise.resolve(rows.filter((row) => row > id).slice(0, Math.min(limit, 2))),
      findExisting: (ids: readonly number[]) => {
        queries.push([...ids]);
        return isAway
          ? Promise.reject(new Error('away'))
          : Promise.resolve(rows.filter((row) => ids.includes(row)));
      },
    };
    known = new KnownDevices(config, repository as unknown as DeviceRepository, tasks);
  });
  afterEach(() => tasks.beforeApplicationShutdown());

  const filled = async (): Promise<void> => {
    known.onApplicationBootstrap();
    while (!known.isFilled) await new Promise((resolve) => setImmediate(resolve));
  };

  it('are read in the background, part after part', async () => {
    known.onApplicationBootstrap();
    expect([known.isFilled, known.has(3)]).toEqual([false, false]);
    await filled();
    expect([3, 5, 2 ** 48, 4].map((id) => known.has(id))).toEqual([true, true, true, false]);
  });

  it('are added to while they are being read', async () => {
    known.onApplicationBootstrap();
    known.add(7);
    await filled();
    expect([known.has(7), known.has(5)]).toEqual([true, true]);
  });

  it('are asked for together, once for all that come while a query is under way', async () => {
    const first = known.isOnRecord(3);
    await Promise.resolve();
    const others = [known.isOnRecord(4), known.isOnRecord(5), known.isOnRecord(5)];
    expect(await Promise.all([first, ...others])).toEqual([true, false, true, true]);
    expect(queries).toEqual([[3], [4, 5]]);
    expect(await known.isOnRecord(6)).toBe(false);
  });

  it('are not known of while the database is away, and asked for again when it is back', async () => {
    isAway = true;
    expect(await Promise.all([known.isOnRecord(3), known.isOnRecord(4)])).toEqual([null, null]);
    isAway = false;
    expect(await known.isOnRecord(3)).toBe(true);
  });

  it('are neither read nor kept without a limit on new devices', async () => {
    const off = { ...config, rateLimits: { newDevices: 0 } } as AppConfig;
    const idle = new KnownDevices(off, {} as DeviceRepository, tasks);
    idle.onApplicationBootstrap();
    await Promise.resolve();
    expect(idle.isFilled).toBe(false);
  });
});
