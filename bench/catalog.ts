import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { readEnvironment } from '../src/config/environment.js';
import { startEmbeddedPostgres } from '../src/database/embedded/embedded-postgres.js';
import { migrateUp } from '../src/database/migrator.js';
import { startApp } from '../src/server/start-app.js';
import { anEspImage } from '../test/support/esp-image-builder.js';
import { Client } from '../test/support/http-client.js';
import { makeFolder, removeFolder } from '../test/support/server-process.js';

/** What the releases cost a process that serves them: its heap with one, and with ten thousand. */
const RELEASES = 10_000;
const NOTES_CHARACTERS = 2_000;
const ADMIN_PASSWORD = 'measured for the catalog';
const MIB = 1024 * 1024;

const { gc } = globalThis;
if (!gc) throw new Error('Run it as npm run bench:catalog, which passes --expose-gc.');

const folder = makeFolder();
const postgres = await startEmbeddedPostgres({ dataDir: folder });
await migrateUp(postgres.url);
const config = readEnvironment(
  {
    ADMIN_PASSWORD,
    DATA_DIR: folder,
    FIRMWARE_STORE: folder,
    HOST: '127.0.0.1',
    PORT: '0',
    LOG_LEVEL: 'warn',
  },
  [],
);
const { app, port } = await startApp(
  { ...config, jwt: { ...config.jwt, secret: 'of the bench' } },
  postgres.url,
);
try {
  const client = await Client.logIn(`http://127.0.0.1:${port}`, ADMIN_PASSWORD);
  const { status } = await client.publish(anEspImage().build(), { device_type: 'demo_sensor' });
  if (status !== 200) throw new Error(`The release was refused with ${status}.`);
  const before = await settled();
  await copyRelease();
  while ((await newest(client)) !== `1.0.${RELEASES - 1}`) await sleep(50);
  const after = await settled();
  const growth = after.heapUsed - before.heapUsed;
  process.stdout.write(
    `heap      ${(before.heapUsed / MIB).toFixed(1)} MiB with 1 release, ${(after.heapUsed / MIB).toFixed(1)} MiB with ${RELEASES}: ` +
      `${(growth / RELEASES).toFixed(0)} bytes each\n` +
      `resident  ${(before.rss / MIB).toFixed(1)} MiB, then ${(after.rss / MIB).toFixed(1)} MiB\n`,
  );
} finally {
  await app.close();
  await postgres.stop();
  await removeFolder(folder);
}

/** Straight into the table, each with the image of the one that was published, and notes of its own. */
async function copyRelease(): Promise<void> {
  const database = new pg.Client({ connectionString: postgres.url });
  await database.connect();
  try {
    await database.query(
      `INSERT INTO firmware (device_type, version, version_sort_key, build_number, filename, file_size, file_hash,
                           binary_path, image, description, release_notes, is_stable, released_at)
     SELECT device_type, '1.0.' || n, version_sort_key || n, 1, filename, file_size, file_hash, binary_path, image,
            'Release ' || n, repeat(md5(n::text), ${Math.ceil(NOTES_CHARACTERS / 32)})::varchar(${NOTES_CHARACTERS}), true, now()
       FROM firmware, generate_series(1, ${RELEASES - 1}) AS n`,
    );
  } finally {
    await database.end();
  }
}

async function newest(client: Client): Promise<unknown> {
  return (await client.check({ device_type: 'demo_sensor', current_version: '0.1.0' })).body.version;
}

/** After what is left of the work before has been collected. */
async function settled(): Promise<NodeJS.MemoryUsage> {
  for (let rounds = 0; rounds < 5; rounds++) {
    await sleep(300);
    gc?.();
  }
  return process.memoryUsage();
}
