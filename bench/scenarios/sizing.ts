import { DataSource } from 'typeorm';
import { someBytes } from '../../test/support/http-client.js';
import { dataSourceOptions } from '../../src/database/data-source.js';
import { startEmbeddedPostgres } from '../../src/database/embedded/embedded-postgres.js';
import { migrateUp } from '../../src/database/migrator.js';
import { inTransaction } from '../../src/database/transaction.js';
import { DeviceCountRepository } from '../../src/devices/record/device-count.repository.js';
import { DeviceSightingRepository } from '../../src/devices/record/device-sighting.repository.js';
import { SIZING_MEGABYTES, SIZING_NAMES } from '../../src/domain/sizing/figures.js';
import { makeFolder, removeFolder } from '../../test/support/server-process.js';
import { findPostmaster } from '../../src/database/embedded/postmaster.js';
import { join } from 'node:path';
import { compare, type Measurement } from '../lib/compare.js';
import { hotShare, loadLog, reportAttempts, sizesOf } from '../lib/log-rows.js';
import { startBeside, startOtaServer, withSubjects } from '../lib/ota-server.js';
import { familyCpuSeconds } from '../lib/process-cost.js';
import type { Ratio, ScenarioResult } from '../lib/report.js';
import { withCertificate } from '../lib/certificate.js';
import { checks } from './check.js';

const ROWS = 500_000;
const WRITTEN = 100_000;
const CHECK_INS = 100_000;
const BATCH = 2_000;
const AT_ONCE = 8;
const ROUNDS = { rounds: 3, seconds: 2, warmUpSeconds: 1 };

/** What `ota size` needs to know beside the other scenarios: bytes of rows, and CPU time of what they leave out. */
export async function sizing(): Promise<ScenarioResult> {
  return {
    scenario: 'sizing',
    setting:
      `${ROWS} attempts loaded and ${WRITTEN} reported; ${CHECK_INS} check-ins of known devices, ${BATCH} at a time; ` +
      'images and checks over new TLS connections that resume a session',
    measurements: await measureTls(),
    ratios: await measureRows(),
  };
}

async function measureTls(): Promise<Measurement[]> {
  const plain = await startOtaServer();
  const size = SIZING_MEGABYTES * 1e6;
  const { body } = await plain.client.publish(someBytes(size), { version: '2.0.0' });
  const image = [{ method: 'GET' as const, path: `/api/ota/download/${String(body.id)}` }];
  return withCertificate(async ({ certFile, keyFile }) => {
    const ours = await startBeside(plain, 'ota-server', { TLS_CERT_FILE: certFile, TLS_KEY_FILE: keyFile });
    return withSubjects([ours, plain] as const, async () => {
      const load = { connections: AT_ONCE, handshake: 'resumed' as const };
      return [
        ...(await compare([{ ...ours, name: SIZING_NAMES.image }], { ...load, requests: image }, ROUNDS)),
        ...(await compare(
          [{ ...ours, name: SIZING_NAMES.check }],
          { ...load, requests: checks(AT_ONCE) },
          ROUNDS,
        )),
      ];
    });
  });
}

async function measureRows(): Promise<Ratio[]> {
  const dataDir = makeFolder();
  // Bytes and CPU time are the same, and the disk is spared.
  const postgres = await startEmbeddedPostgres({ dataDir, settings: { fsync: 'off' } });
  try {
    await migrateUp(postgres.url);
    const database = await new DataSource(dataSourceOptions(postgres.url)).initialize();
    try {
      const pid = findPostmaster(join(dataDir, 'postgres'))?.pid ?? 0;
      return await measureTables(database, postgres.url, pid);
    } finally {
      await database.destroy();
    }
  } finally {
    await postgres.stop();
    await removeFolder(dataDir);
  }
}

async function measureTables(
  database: DataSource,
  databaseUrl: string,
  postmasterPid: number,
): Promise<Ratio[]> {
  const bytesOf = async (table: string): Promise<number> =>
    (await sizesOf(database, table)).get('all') ?? NaN;
  await loadLog(databaseUrl, ROWS);
  const fresh = await bytesOf('device_ota_log');
  const device = (await bytesOf('device')) / (await DeviceCountRepository.of(database.manager).count());
  await reportAttempts(database, WRITTEN, 100);
  const written = (await bytesOf('device_ota_log')) - fresh;
  const hot = await hotShare(database);
  const checkIn = await checkInMicros(database, postmasterPid);
  return [
    figure(SIZING_NAMES.checkIn, checkIn, 'µs'),
    figure(SIZING_NAMES.freshRow, fresh / ROWS, 'bytes'),
    figure(SIZING_NAMES.writtenRow, written / WRITTEN, 'bytes'),
    figure(SIZING_NAMES.device, device, 'bytes'),
    figure('updates of the log that leave its indexes alone', hot * 100, '%'),
  ];
}

const figure = (of: string, ratio: number, unit: string): Ratio => ({ of, to: '', ratio, unit, goal: null });

/** Devices that are on record ask again, and nothing is new but the time. */
async function checkInMicros(database: DataSource, postmasterPid: number): Promise<number> {
  const devices = DeviceSightingRepository.of(database.manager);
  const before = familyCpuSeconds(postmasterPid);
  for (let first = 0; first < CHECK_INS; first += BATCH) {
    const at = Date.now() * 1000;
    const sightings = Array.from({ length: BATCH }, (_, index) => ({
      deviceId: 1 + (((first + index) * 7919) % CHECK_INS),
      deviceType: 'sensor',
      version: '1.0.0',
      build: 1,
      at,
      offeredId: null,
      withheld: null,
      withheldBy: null,
      address: '192.0.2.1',
      facts: null,
    }));
    await inTransaction(database.manager, (manager) => devices.upsertSightings(manager, sightings, at));
  }
  return ((familyCpuSeconds(postmasterPid) - before) / CHECK_INS) * 1e6;
}
