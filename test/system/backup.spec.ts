import { existsSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import { Client, eventually, someBytes } from '../support/http-client.js';
import { Ota, type Outcome } from '../support/run-ota.js';
import { makeFolder, removeFolder, ServerProcess } from '../support/server-process.js';
import { createEmptyDatabase, type TestDatabase } from '../support/test-database.js';

// Servers with databases of their own are started and stopped.
jest.setTimeout(240_000);

const PASSWORD = 'correct horse battery staple';
const IMAGE = someBytes(300_000);
const json = ({ stdout }: Outcome): Record<string, unknown> => JSON.parse(stdout) as Record<string, unknown>;

interface Running {
  readonly server: ServerProcess;
  readonly client: Client;
}

describe('ota backup, ota restore and ota fsck', () => {
  let folders: string[];
  let databases: TestDatabase[];
  const newFolder = (): string => {
    const folder = makeFolder();
    folders.push(folder);
    return folder;
  };
  const newDatabase = async (): Promise<TestDatabase> => {
    const database = await createEmptyDatabase();
    databases.push(database);
    return database;
  };
  beforeEach(() => {
    [folders, databases] = [[], []];
  });
  afterEach(async () => {
    for (const folder of folders) await removeFolder(folder);
    for (const database of databases) await database.drop();
  });

  const start = async (folder: string, env: Record<string, string> = {}): Promise<Running> => {
    const server = new ServerProcess(folder, { ADMIN_PASSWORD: PASSWORD, ...env });
    return { server, client: await Client.logIn(await server.ready(), PASSWORD) };
  };
  const commandOf = (folder: string, env: Record<string, string> = {}): Ota =>
    new Ota({ DATA_DIR: join(folder, 'data'), FIRMWARE_STORE: join(folder, 'store'), ...env });
  const publish = async (client: Client): Promise<number> => {
    const { body } = await client.publish(IMAGE, { version: '2.0.0', build_number: 2 });
    return (body as { id: number }).id;
  };

  it('carry a server under load from the embedded database to an external one, and back', async () => {
    const [first, archive] = [newFolder(), join(newFolder(), 'backup.tar')];
    const { server, client } = await start(first);
    const firmware = await publish(client);
    const acknowledged = new Set<number>();
    let isOver = false;
    const report = async (device_id: number): Promise<void> => {
      for (let n = 0; !isOver; n++) {
        const status = n % 2 === 0 ? 'downloading' : 'failed';
        const { body } = await client.report({ device_id, firmware_id: firmware, status });
        acknowledged.add((body as { log_id: number }).log_id);
      }
    };
    const load = Promise.all(Array.from({ length: 4 }, (_, n) => report(n + 1)));
    await eventually(async () => {
      await Promise.resolve();
      expect(acknowledged.size).toBeGreaterThan(50);
    });
    const before = [...acknowledged];
    const made = await commandOf(first).runAlone(['backup', '--out', archive]);
    isOver = true;
    await load;
    expect(made).toMatchObject({ code: 0, stderr: '' });
    expect(json(made)).toMatchObject({ file: archive, files: 1, lacking: [], bytes: statSync(archive).size });
    expect(statSync(archive).mode & 0o777).toBe(0o600);
    await server.kill('SIGTERM');
    rmSync(first, { recursive: true });

    const [second, database] = [newFolder(), await newDatabase()];
    const external = { DATABASE_URL: database.url };
    const restored = await commandOf(second, external).runAlone(['restore', '--from', archive]);
    expect(restored).toMatchObject({ code: 0, stderr: '' });
    const logs = await database.query<{ id: number }>('SELECT id::int FROM device_ota_log');
    const ids = new Set(logs.map(({ id }) => id));
    expect(before.filter((id) => !ids.has(id))).toEqual([]);
    expect(await commandOf(second, external).runAlone(['fsck'])).toMatchObject({ code: 0, stderr: '' });
    const there = await start(second, external);
    expect((await there.client.download(firmware)).bytes.equals(IMAGE)).toBe(true);
    expect((await there.client.report({ firmware_id: firmware, status: 'success' })).status).toBe(200);
    const again = join(newFolder(), 'again.tar');
    expect((await commandOf(second, external).runAlone(['backup', '--out', again])).code).toBe(0);
    await there.server.kill('SIGTERM');

    const third = newFolder();
    expect((await commandOf(third).runAlone(['restore', '--from', again])).code).toBe(0);
    expect(await commandOf(third).runAlone(['fsck'])).toMatchObject({ code: 0, stderr: '' });
    const back = await start(third);
    expect((await back.client.download(firmware)).bytes.equals(IMAGE)).toBe(true);
    const listed = await back.client.admin('GET', '/logs?limit=1');
    expect(listed.headers['x-total-count']).toBe(String(logs.length + 1));
    await back.server.kill('SIGTERM');
  });

  it('leave nothing half done when they are killed', async () => {
    const [folder, out] = [newFolder(), newFolder()];
    const database = await newDatabase();
    const external = { DATABASE_URL: database.url };
    const { server, client } = await start(folder, external);
    await publish(client);
    await database.query('INSERT INTO device (id) SELECT generate_series(1, 300000)');
    await server.kill('SIGTERM');
    const ota = commandOf(folder, external);
    const archive = join(out, 'backup.tar');

    for (const signal of ['SIGKILL', 'SIGTERM'] as const) {
      const run = ota.start(['backup', '--out', archive]);
      await eventually(async () => {
        await Promise.resolve();
        expect(sizeOfDraft(out)).toBeGreaterThan(0);
      }, 60_000);
      run.child.kill(signal);
      await run.outcome;
      expect(existsSync(archive)).toBe(false);
    }
    expect(await ota.runAlone(['backup', '--out', archive])).toMatchObject({ code: 0 });
    expect(readdirSync(out)).toEqual(['backup.tar']);
    const bytes = readFileSync(archive);
    expect(await ota.runAlone(['backup', '--out', archive])).toMatchObject({ code: 1 });
    expect(readFileSync(archive).equals(bytes)).toBe(true);

    const [next, target] = [newFolder(), await newDatabase()];
    const toTarget = commandOf(next, { DATABASE_URL: target.url });
    for (let n = 0; n < 3; n++) {
      const run = toTarget.start(['restore', '--from', archive]);
      await eventually(async () => {
        const [busy] = await target.query<{ count: number }>(
          "SELECT count(*)::int AS count FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'COPY%'",
        );
        expect(busy?.count).toBeGreaterThan(0);
      }, 60_000);
      run.child.kill('SIGKILL');
      await run.outcome;
      // The program ends with the command, and its transaction with it.
      await eventually(async () => {
        const [others] = await target.query<{ count: number }>(
          `SELECT count(*)::int AS count FROM pg_stat_activity
            WHERE datname = current_database() AND backend_type = 'client backend' AND query LIKE 'COPY%'`,
        );
        expect(others).toEqual({ count: 0 });
      }, 60_000);
    }
    expect(await target.query("SELECT to_regclass('device') AS device")).toEqual([{ device: null }]);
    expect(await toTarget.runAlone(['restore', '--from', archive])).toMatchObject({ code: 0, stderr: '' });
    expect(await target.query('SELECT count(*)::int AS count FROM device')).toEqual([{ count: 300_000 }]);
    expect(await toTarget.runAlone(['restore', '--from', archive])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('DATABASE_NOT_EMPTY'),
    });
  });

  it('find what is wrong, and repair what can be', async () => {
    const [folder, database] = [newFolder(), await newDatabase()];
    const external = { DATABASE_URL: database.url };
    const { server, client } = await start(folder, external);
    const firmware = await publish(client);
    await server.kill('SIGTERM');
    const ota = commandOf(folder, external);
    const store = join(folder, 'store');
    expect(json(await ota.runAlone(['fsck']))).toEqual({
      files: 1,
      auditRows: expect.any(Number),
      findings: [],
    });

    const file = join(store, 'sensor', 'v2.0.0.bin');
    writeFileSync(file, 'rotten');
    writeFileSync(join(store, 'old.bin'), 'left behind');
    writeFileSync(join(store, 'young.bin'), 'to be registered');
    writeFileSync(join(store, '.uploads', 'x.part'), 'left behind');
    const long = new Date(Date.now() - 48 * 3600_000);
    for (const name of ['old.bin', '.uploads/x.part']) utimesSync(join(store, name), long, long);
    await database.query('UPDATE firmware_count SET firmware = firmware + 1');
    const found = await ota.runAlone(['fsck']);
    expect(found).toMatchObject({ code: 1, stderr: expect.stringContaining('4 problems found.') });
    const name = { id: firmware, deviceType: 'sensor', version: '2.0.0', buildNumber: 2 };
    const findings = (isRepaired: boolean): unknown[] => [
      { kind: 'damaged', path: 'sensor/v2.0.0.bin', firmware: name },
      { kind: 'unreferenced', path: 'old.bin', size: 11, isRepaired },
      { kind: 'leftover', path: 'x.part', isRepaired },
      { kind: 'totals', list: 'firmware', isRepaired },
    ];
    expect(json(found)).toMatchObject({ findings: findings(false) });
    expect(existsSync(join(store, 'old.bin'))).toBe(true);

    const repaired = await ota.runAlone(['fsck', '--repair']);
    expect(repaired).toMatchObject({ code: 1, stderr: expect.stringContaining('1 problem found.') });
    expect(json(repaired)).toMatchObject({ findings: findings(true) });
    expect(readdirSync(store).sort()).toEqual(['.uploads', 'sensor', 'young.bin']);
    rmSync(file);
    const missing = await ota.runAlone(['fsck', '--format', 'table']);
    expect(missing.stdout).toContain(
      `Firmware ${firmware} (sensor 2.0.0 build 2) has no file: sensor/v2.0.0.bin.`,
    );
    expect(missing.stderr).toContain('ota deactivate');
    await database.query(
      `DO $$ BEGIN SET LOCAL session_replication_role = replica; UPDATE audit_log SET actor_name = 'nobody' WHERE id = 1; END $$`,
    );
    const forged = await ota.runAlone(['fsck', '--format', 'table']);
    expect(forged.stdout).toContain('Audit log: Row 1 was changed: its hash is not that of its contents.');
    expect(forged.stdout).toMatch(/Checked 1 stored file, the database and 0 rows of the audit log\.\n$/);
    expect(forged.stderr).toContain('Compare the audit log with a backup');
  });

  it.each([
    [['backup', '--out', '/nowhere/at/all.tar'], 'cannot be written (ENOENT)'],
    [['restore', '--from', '/nowhere/at/all.tar'], 'cannot be read (ENOENT)'],
    [['restore', '--from', '/'], 'is no file'],
    [['fsck', '--settings', '/nowhere.env'], 'does not exist'],
    [['fsck'], 'There is no database in'],
  ])('say why they cannot run: %j', async (args, sentence) => {
    const { code, stderr } = await commandOf(newFolder()).runAlone(args);
    expect([code, stderr]).toEqual([1, expect.stringContaining(sentence)]);
    expect(stderr).not.toMatch(/^ {4}at /m);
  });
});

function sizeOfDraft(folder: string): number {
  const draft = readdirSync(folder).find((name) => name.endsWith('.part'));
  return draft === undefined ? 0 : statSync(join(folder, draft)).size;
}
