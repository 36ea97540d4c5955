import { setTimeout as sleep } from 'node:timers/promises';
import { withTestPostgres } from '../chaos/lib/test-postgres.js';
import { send } from '../support/http-client.js';
import { makeFolder, removeFolder, ServerProcess } from '../support/server-process.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { startWay } from '../support/way.js';
import { DEFAULT_SETTINGS, NO_LIMIT, rolloutConstants } from '../../src/domain/rollout/admission.js';

/**
 * Servers of one database that are processes of their own: four that admit devices at once never admit more than they
 * may, also when they are killed again and again; from a halt to the last offer; and one that is cut off. The names of
 * some of them (admit, halt, cut, kill) run only those.
 */
const DEVICES = 10_000;
const AT_ONCE = 64;
const KILLS = 12;
const MAX_AGE_SECONDS = 5;
const TYPE = 'sensor';
const ENV = { MAX_CATALOG_AGE_SECONDS: String(MAX_AGE_SECONDS), ADMIN_PASSWORD: 'a password', WORKERS: '1' };

interface Row {
  readonly what: string;
  readonly seen: string;
  readonly isRight: boolean;
}
const table: Row[] = [];
const note = (what: string, seen: string, isRight: boolean): void => {
  table.push({ what, seen, isRight });
  process.stdout.write(`${isRight ? 'ok  ' : 'FAIL'} ${what}: ${seen}\n`);
};

async function admitAtOnce(): Promise<void> {
  await withServers(4, async (database, servers) => {
    // Nobody reports, so that exactly the first window may be admitted, by whomever.
    const { firstWindow } = rolloutConstants({ ...DEFAULT_SETTINGS, targetSize: DEVICES });
    const id = await begin(database, DEVICES);
    const begun = performance.now();
    const offered = await checkAll(servers, idsFrom(1, DEVICES), 4 * AT_ONCE);
    const seconds = (performance.now() - begun) / 1_000;
    note(
      `${DEVICES} devices ask 4 servers at once, window ${firstWindow}`,
      `${offered.size} offered in ${seconds.toFixed(1)} s`,
      offered.size === firstWindow,
    );
    await noteCounts(database, id, 'recount after it');
  });
  await withServers(4, async (database, servers) => {
    const cap = 137;
    const id = await begin(database, DEVICES, {
      ramp: 'all',
      first_window: NO_LIMIT,
      at_once: NO_LIMIT,
      phase_cap: cap,
    });
    const offered = await checkAll(servers, idsFrom(1, DEVICES), 4 * AT_ONCE);
    note(`the same without a window, phase of ${cap}`, `${offered.size} offered`, offered.size === cap);
    await noteCounts(database, id, 'recount after it');
  });
}

/** Devices that confirm what they are offered; a server after the other is killed meanwhile. */
async function killWhileAdmitting(): Promise<void> {
  await withServers(3, async (database, servers, restart) => {
    const targetSize = 600;
    const id = await begin(database, targetSize);
    const waiting = new Set(idsFrom(1, targetSize));
    let worst = 0;
    let kills = 0;
    const fleet = Array.from({ length: AT_ONCE }, async (_, nth) => {
      for (let turn = 0; waiting.size > 0 && turn < 4_000; turn++) {
        const ids = [...waiting];
        const device = ids[(turn * AT_ONCE + nth * 7) % ids.length] ?? 0;
        const url = servers[(turn + nth) % servers.length] ?? '';
        const offer = await check(url, device).catch(() => null);
        if (offer === null) await sleep(20);
        if (offer?.body.update_available !== true) continue;
        for (const status of ['installing', 'success'])
          await reportUntilHeard(servers, device, offer.body.firmware_id as number, status);
        waiting.delete(device);
      }
    });
    const watch = (async () => {
      while (waiting.size > 0 && kills < KILLS * 40) {
        const [row] = await database.query<{
          pending: number;
          bad: number;
          confirmed: number;
          at_once: number;
          first_window: number;
        }>(
          'SELECT offered - confirmed - bad - released - excused AS pending, bad, confirmed, at_once, first_window FROM rollout WHERE id = $1',
          [id],
        );
        if (row) worst = Math.max(worst, row.pending - Math.max(row.at_once, 1));
        await sleep(5);
      }
    })();
    for (; kills < KILLS && waiting.size > 0; kills++) {
      await sleep(300 + Math.random() * 400);
      await restart(kills % servers.length);
    }
    kills = KILLS * 40;
    await Promise.all([...fleet, watch]);
    note(
      `${KILLS} kills of 3 servers while ${targetSize} devices are admitted`,
      `${targetSize - waiting.size} confirmed, ${waiting.size} left behind`,
      waiting.size === 0,
    );
    note('pending beyond the window meanwhile', String(worst), worst <= 0);
    const [row] = await database.query<{ pending: string }>(
      "SELECT count(*) AS pending FROM rollout_device WHERE rollout_id = $1 AND state = 'pending'",
      [id],
    );
    note('places lost after it', row?.pending ?? '?', Number(row?.pending) === 0);
    await noteCounts(database, id, 'recount after it');
  });
}

/** Devices that were offered the firmware ask all the time; when is the last of them offered it after the halt? */
async function haltEverywhere(): Promise<void> {
  await withServers(3, async (database, servers) => {
    for (let round = 1; round <= 3; round++) {
      const first = 1_000 * round;
      const id = await begin(database, 10_000, { device_type: `lamp-${round}` });
      const type = `lamp-${round}`;
      const devices = idsFrom(first, 9);
      const offered = await checkAll(servers, devices, 9, type);
      const lastOffer = servers.map(() => 0);
      let isOver = false;
      const asking = servers.map(async (url, index) => {
        for (let turn = 0; !isOver; turn++) {
          const { body } = await check(url, devices[turn % devices.length] ?? 0, type);
          if (body.update_available === true) lastOffer[index] = performance.now();
        }
      });
      await sleep(500);
      const firmwareId = await firmwareOf(database, id);
      for (const device of [...offered].slice(0, 4))
        await report(servers[0] ?? '', device, firmwareId, 'failed', 'rolled back');
      const halted = performance.now();
      const [row] = await database.query<{ state: string }>('SELECT state FROM rollout WHERE id = $1', [id]);
      await sleep(3_000);
      isOver = true;
      await Promise.all(asking);
      const after = lastOffer.map((at) => Math.max(0, Math.round(at - halted)));
      note(
        `round ${round}: ${row?.state ?? '?'}; last offer after it, for each of 3 servers`,
        `${after.join(', ')} ms`,
        row?.state === 'halted' && after.every((ms) => ms < 1_000) && lastOffer.every((at) => at > 0),
      );
      const downloads = await Promise.all(
        servers.map(async (url) => (await send(`${url}/api/ota/download/${firmwareId}`, 'GET')).status),
      );
      note(
        `round ${round}: its firmware is downloaded`,
        downloads.join(', '),
        downloads.every((status) => status === 404),
      );
    }
  });
}

/** A server that cannot reach the database any more. */
async function cutOff(): Promise<void> {
  const database = await createTestDatabase();
  const way = await startWay(database.url);
  const folder = makeFolder();
  const server = new ServerProcess(folder, { ...ENV, DATABASE_URL: way.url });
  try {
    const url = await server.ready();
    await begin(database, 10_000);
    const [device] = await checkAll([url], idsFrom(1, 1), 1);
    const began = await check(url, device ?? 0);
    await way.close();
    const cut = performance.now();
    let last = 0;
    while (performance.now() - cut < (MAX_AGE_SECONDS + 10) * 1_000) {
      const answer = await Promise.race([check(url, device ?? 0).catch(() => null), sleep(1_000, null)]);
      if (answer?.body.update_available === true) last = performance.now() - cut;
      await sleep(50);
    }
    note(
      `cut off from PostgreSQL, MAX_CATALOG_AGE_SECONDS=${MAX_AGE_SECONDS}`,
      `last offer after ${(last / 1_000).toFixed(1)} s`,
      began.body.update_available === true && last <= MAX_AGE_SECONDS * 1_000 + 500,
    );
  } finally {
    await server.kill('SIGKILL');
    await removeFolder(folder);
    await database.drop();
  }
}

type Restart = (index: number) => Promise<void>;

async function withServers(
  count: number,
  work: (database: TestDatabase, urls: string[], restart: Restart) => Promise<void>,
): Promise<void> {
  const database = await createTestDatabase();
  const folders = Array.from({ length: count }, makeFolder);
  const start = (folder: string): ServerProcess =>
    new ServerProcess(folder, { ...ENV, DATABASE_URL: database.url });
  const servers = folders.map(start);
  try {
    const urls: string[] = [];
    for (const server of servers) urls.push(await server.ready());
    await work(database, urls, async (index) => {
      await servers[index]?.kill('SIGKILL');
      const server = start(folders[index] ?? '');
      servers[index] = server;
      urls[index] = await server.ready();
    });
  } finally {
    for (const server of servers) await server.kill('SIGKILL');
    for (const folder of folders) await removeFolder(folder);
    await database.drop();
  }
}

/** A running rollout, of which all servers hear. */
async function begin(
  database: TestDatabase,
  targetSize: number,
  more: Record<string, unknown> = {},
): Promise<number> {
  const { firstWindow } = rolloutConstants({ ...DEFAULT_SETTINGS, targetSize });
  const deviceType = (more['device_type'] as string | undefined) ?? TYPE;
  const [firmware] = await database.query<{ id: string }>(
    `INSERT INTO firmware (device_type, version, version_sort_key, build_number, filename, file_size, file_hash, binary_path, released_at)
     VALUES ($1, '2.0.0', 'b2', 1, 'f.bin', 1, repeat('a', 64), 'p', now()) RETURNING id`,
    [deviceType],
  );
  const row: Record<string, unknown> = {
    ...{ firmware_id: firmware?.id, device_type: deviceType, state: 'running', ramp: 'evidence' },
    ...{
      max_failure_rate: DEFAULT_SETTINGS.maxFailureRate,
      false_alarm_rate: DEFAULT_SETTINGS.falseAlarmRate,
    },
    ...{ silent_after_minutes: 15, max_at_risk_share: 0.02, attempts_per_device: 3, target_size: targetSize },
    ...{ first_window: firstWindow, at_once: firstWindow, phase_cap: NO_LIMIT, created_by: 'user:anna' },
    started_at: new Date(),
    ...more,
  };
  const [{ id } = { id: '0' }] = await database.query<{ id: string }>(
    `INSERT INTO rollout (${Object.keys(row).join(', ')})
     VALUES (${Object.keys(row)
       .map((_, index) => `$${index + 1}`)
       .join(', ')}) RETURNING id`,
    Object.values(row),
  );
  await database.query("SELECT pg_notify('firmware_changed', ''), pg_notify('rollout_changed', $1)", [
    `${id}:`,
  ]);
  // Every server has read it by then.
  await sleep(1_500);
  return Number(id);
}

async function firmwareOf(database: TestDatabase, rolloutId: number): Promise<number> {
  const [row] = await database.query<{ id: string }>('SELECT firmware_id AS id FROM rollout WHERE id = $1', [
    rolloutId,
  ]);
  return Number(row?.id);
}

const idsFrom = (first: number, count: number): number[] =>
  Array.from({ length: count }, (_, nth) => first + nth);

const check = (url: string, device_id: number, device_type = TYPE): ReturnType<typeof send> =>
  send(`${url}/api/ota/check`, 'POST', {
    body: { device_id, device_type, current_version: '1.0.0', current_build: 1 },
  });

const report = (
  url: string,
  device_id: number,
  firmware_id: number,
  status: string,
  error_message?: string,
): ReturnType<typeof send> =>
  send(`${url}/api/ota/status`, 'POST', { body: { device_id, firmware_id, status, error_message } });

async function reportUntilHeard(
  urls: readonly string[],
  deviceId: number,
  firmwareId: number,
  status: string,
): Promise<void> {
  for (let turn = deviceId; ; turn++) {
    const answer = await report(urls[turn % urls.length] ?? '', deviceId, firmwareId, status).catch(
      () => null,
    );
    if (answer?.status === 200) return;
    await sleep(50);
  }
}

/** @returns the devices that were offered the firmware */
async function checkAll(
  urls: readonly string[],
  ids: readonly number[],
  atOnce: number,
  type = TYPE,
): Promise<Set<number>> {
  const offered = new Set<number>();
  const queue = [...ids];
  await Promise.all(
    Array.from({ length: atOnce }, async (_, nth) => {
      for (let id = queue.pop(); id !== undefined; id = queue.pop()) {
        const { body } = await check(urls[(nth + id) % urls.length] ?? '', id, type);
        if (body.update_available === true) offered.add(id);
      }
    }),
  );
  return offered;
}

async function noteCounts(database: TestDatabase, id: number, what: string): Promise<void> {
  const [row] = await database.query<{ counted: string; rows: string; parts: string }>(
    `SELECT concat_ws(' ', offered, confirmed, bad, released, excused) AS counted,
            (SELECT concat_ws(' ', count(*), count(*) FILTER (WHERE state = 'confirmed'),
                    count(*) FILTER (WHERE state IN ('failed', 'silent')), count(*) FILTER (WHERE state = 'released'),
                    count(*) FILTER (WHERE state = 'excused')) FROM rollout_device WHERE rollout_id = rollout.id) AS rows,
            (SELECT concat_ws(' ', n, k) FROM rollout_part WHERE rollout_id = rollout.id AND dimension = 'all') AS parts
       FROM rollout WHERE id = $1`,
    [id],
  );
  const isRight = row !== undefined && row.counted === row.rows;
  note(
    what,
    `counters ${row?.counted ?? '?'}, rows ${row?.rows ?? '?'}, whole ${row?.parts ?? '?'}`,
    isRight,
  );
}

await withTestPostgres(async () => {
  const all = { admit: admitAtOnce, halt: haltEverywhere, cut: cutOff, kill: killWhileAdmitting };
  const asked = process.argv.slice(2);
  for (const [name, run] of Object.entries(all)) if (asked.length === 0 || asked.includes(name)) await run();
});
process.stdout.write(`${table.filter(({ isRight }) => isRight).length} of ${table.length} as promised\n`);
process.exitCode = table.every(({ isRight }) => isRight) ? 0 : 1;
