import type { AppConfig } from '../config/app-config.js';
import { PeriodicTasks } from '../database/periodic-tasks.js';
import type { DeviceProgressRepository, LoopingDevice } from './record/device-progress.repository.js';
import { UpdateLoops } from './update-loops.js';

const config = { limits: { loopRefreshMs: 20, drainMs: 1_000 } } as AppConfig;

describe('devices in an update loop', () => {
  let rows: LoopingDevice[];
  let read: () => Promise<LoopingDevice[]>;
  let tasks: PeriodicTasks;
  let loops: UpdateLoops;

  beforeEach(() => {
    rows = [{ deviceId: 1, firmwareId: 7 }];
    read = () => Promise.resolve(rows);
    tasks = new PeriodicTasks(config);
    loops = new UpdateLoops(
      config,
      { findLooping: () => read() } as unknown as DeviceProgressRepository,
      tasks,
    );
  });
  afterEach(() => tasks.beforeApplicationShutdown());

  const until = async (holds: () => boolean): Promise<void> => {
    while (!holds()) await new Promise((resolve) => setTimeout(resolve, 5));
  };

  it('are known from the start, for their own firmware', async () => {
    await loops.onApplicationBootstrap();
    expect([loops.includes(1, 7), loops.includes(1, 8), loops.includes(2, 7)]).toEqual([true, false, false]);
  });

  it('are read again and again, and forgotten when they are in none any more', async () => {
    await loops.onApplicationBootstrap();
    rows = [{ deviceId: 2, firmwareId: 7 }];
    await until(() => loops.includes(2, 7));
    expect(loops.includes(1, 7)).toBe(false);
  });

  it('are noted at once, also while they are being read', async () => {
    let answer: (rows: LoopingDevice[]) => void = () => undefined;
    read = () => new Promise((resolve) => (answer = resolve));
    const started = loops.onApplicationBootstrap();
    loops.note([{ deviceId: 3, firmwareId: 9 }]);
    expect(loops.includes(3, 9)).toBe(true);
    answer([]);
    await started;
    expect(loops.includes(3, 9)).toBe(true);
    answer([]);
  });

  it('stay known while the database is away', async () => {
    await loops.onApplicationBootstrap();
    let reads = 0;
    read = () => {
      reads += 1;
      return Promise.reject(new Error('away'));
    };
    await until(() => reads > 1);
    expect(loops.includes(1, 7)).toBe(true);
  });

  it('are heard of by the others when a read of theirs must have begun since', async () => {
    await loops.onApplicationBootstrap();
    await loops.untilHeard({ deviceId: 1, firmwareId: 7 });
    await loops.untilHeard({ deviceId: 5, firmwareId: 7 });
    loops.note([{ deviceId: 4, firmwareId: 9 }]);
    const begun = performance.now();
    await loops.untilHeard({ deviceId: 4, firmwareId: 9 });
    // Timers may fire a millisecond early.
    expect(performance.now() - begun).toBeGreaterThanOrEqual(10);
  });
});
