import { monitorEventLoopDelay } from 'node:perf_hooks';
import { DataSource } from 'typeorm';
import { dataSourceOptions } from '../src/database/data-source.js';
import { startEmbeddedPostgres } from '../src/database/embedded/embedded-postgres.js';
import { migrateUp } from '../src/database/migrator.js';
import { FactsReader } from '../src/devices/facts/facts-reader.js';
import { FactsStore } from '../src/devices/facts/facts-store.js';
import { GroupEntity } from '../src/devices/filter/group.entity.js';
import { GroupRepository } from '../src/devices/filter/group.repository.js';
import { DeviceDescriptionRepository } from '../src/devices/record/device-description.repository.js';
import { DeviceRepository } from '../src/devices/record/device.repository.js';
import { askedFacts } from '../src/domain/filter/asked-facts.js';
import { parseFilter } from '../src/domain/filter/parse-filter.js';
import { resolveGroups } from '../src/domain/filter/resolve-groups.js';
import { makeFolder, removeFolder } from '../test/support/server-process.js';

/** What operators say of a million devices: its memory, the time to read it, and for how long checks wait meanwhile. */
const DEVICES = 1_000_000;
const GROUPS = 1_000;
const MIB = 1024 * 1024;

if (!globalThis.gc) throw new Error('Run it as npm run bench:facts, which passes --expose-gc.');
const used = (): number => {
  globalThis.gc?.();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return (heapUsed + arrayBuffers) / MIB;
};

const folder = makeFolder();
const postgres = await startEmbeddedPostgres({ dataDir: folder });
await migrateUp(postgres.url);
const database = await new DataSource(dataSourceOptions(postgres.url)).initialize();
try {
  await fill();
  const reader = new FactsReader(
    DeviceRepository.of(database.manager),
    DeviceDescriptionRepository.of(database.manager),
    new GroupRepository(database.getRepository(GroupEntity)),
  );
  const tags = Array.from({ length: 20 }, (_, n) => `tag:t${n}`);
  const groups = Array.from({ length: 100 }, (_, n) => `group:g${n + 1}`);
  for (const [name, texts] of [
    ['20 tags', tags],
    ['20 tags, 100 groups, channel and name', [...tags, ...groups, 'channel:beta', 'munich']],
  ] as const) {
    const filters = texts.map((text) =>
      resolveGroups(parseFilter(text), (group) => ({ kind: 'member', groupId: Number(group.slice(1)) })),
    );
    const before = used();
    const delay = monitorEventLoopDelay({ resolution: 1 });
    delay.enable();
    const begun = performance.now();
    const cpu = process.cpuUsage();
    const store = new FactsStore(askedFacts(filters));
    let devices = 0;
    for await (const bite of reader.readAll(store.asked)) {
      for (const [deviceId, facts] of bite) store.set(deviceId, facts);
      devices += bite.length;
    }
    const seconds = (performance.now() - begun) / 1_000;
    const { user, system } = process.cpuUsage(cpu);
    delay.disable();
    process.stdout.write(
      `${name}: ${devices} of ${DEVICES} devices kept in ${(used() - before).toFixed(1)} MiB, read in ${seconds.toFixed(1)} s ` +
        `(${((user + system) / 1e6).toFixed(1)} s of CPU), longest wait of others ${(delay.max / 1e6).toFixed(0)} ms, ` +
        `p99 ${(delay.percentile(99) / 1e6).toFixed(0)} ms (${store.get(1).tags.join()})\n`,
    );
  }
} finally {
  await database.destroy();
  await postgres.stop();
  await removeFolder(folder);
}

/** Each device has tags and is a member of a group; ids are as wide as MAC addresses. */
async function fill(): Promise<void> {
  const runner = database.createQueryRunner();
  try {
    // Nothing checks the rows one by one, nor counts them.
    await runner.query('SET session_replication_role = replica');
    // Of a server that answers people.
    await runner.query('SET statement_timeout = 0');
    await runner.query(
      `INSERT INTO device (id, device_type, tags, channel, name, folded_name)
       SELECT 40059831058432 + n * 7, 'sensor', ARRAY['t' || n % 20, 't' || n::bigint * 7919 % 23],
              CASE WHEN n % 10 = 0 THEN 'beta' ELSE 'stable' END, 'Munich-' || n, 'munich-' || n
         FROM generate_series(1, ${DEVICES}) AS n`,
    );
    await runner.query(
      `INSERT INTO device_group (name, folded_name) SELECT 'g' || n, 'g' || n FROM generate_series(1, ${GROUPS}) AS n`,
    );
    await runner.query(
      `INSERT INTO device_group_member SELECT 1 + n % ${GROUPS}, 40059831058432 + n * 7
         FROM generate_series(1, ${DEVICES}) AS n`,
    );
    await runner.query('ANALYZE device, device_group_member');
  } finally {
    await runner.release();
  }
}
