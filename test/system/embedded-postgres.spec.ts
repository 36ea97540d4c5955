import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import pg from 'pg';
import { isAlive } from '../../src/config/is-alive.js';
import {
  EmbeddedPostgresError,
  startEmbeddedPostgres,
  type EmbeddedPostgres,
} from '../../src/database/embedded/embedded-postgres.js';
import { findPostmaster } from '../../src/database/embedded/postmaster.js';
import { eventually } from '../support/http-client.js';

const SETTINGS = { fsync: 'off', shared_buffers: '1MB' };
const OWNER_PROGRAM = `
  import { startEmbeddedPostgres } from '${pathToFileURL(resolve('dist/src/database/embedded/embedded-postgres.js')).href}';
  const { url } = await startEmbeddedPostgres({ dataDir: process.argv[1], settings: ${JSON.stringify(SETTINGS)} });
  process.stdout.write(url + '\\n');
  setInterval(() => undefined, 1000);
`;

async function query(url: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

function isGone(pid: number): Promise<void> {
  return eventually(async () => {
    await Promise.resolve(); // A process that ended is there until Node has been told.
    expect(isAlive(pid)).toBe(false);
  });
}

async function refusal(starting: Promise<EmbeddedPostgres>): Promise<EmbeddedPostgresError> {
  const error = await starting.then(
    async (postgres) => {
      await postgres.stop();
      return 'it started';
    },
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(EmbeddedPostgresError);
  return error as EmbeddedPostgresError;
}

describe('the embedded PostgreSQL', () => {
  let dataDir: string;
  const others: ChildProcess[] = [];

  const start = (folder = dataDir): Promise<EmbeddedPostgres> =>
    startEmbeddedPostgres({ dataDir: folder, settings: SETTINGS });
  const postmaster = (): number | undefined => findPostmaster(join(dataDir, 'postgres'))?.pid;

  /** Owns the cluster from another process, as a server does. */
  const startElsewhere = async (): Promise<{ url: string; owner: ChildProcess }> => {
    const owner = spawn(process.execPath, ['--input-type=module', '--eval', OWNER_PROGRAM, dataDir], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    others.push(owner);
    const [output] = (await once(owner.stdout, 'data')) as [Buffer];
    return { url: output.toString().trim(), owner };
  };

  const kill = async (child: ChildProcess): Promise<void> => {
    child.kill('SIGKILL');
    await once(child, 'exit');
  };

  /** The tests share one cluster, whose making takes longest. */
  beforeAll(async () => {
    dataDir = mkdtempSync(join(tmpdir(), 'ota-test-postgres-'));
    const postgres = await start();
    await query(postgres.url, 'CREATE TABLE kept (word text)');
    await postgres.stop();
  });
  beforeEach(() => expect(postmaster()).toBeUndefined());
  afterEach(async () => {
    for (const child of others.splice(0)) if (child.exitCode === null) child.kill('SIGKILL');
    const left = postmaster();
    if (left === process.pid) rmSync(join(dataDir, 'postgres/postmaster.pid'));
    if (left === undefined || left === process.pid) return;
    process.kill(left, 'SIGQUIT');
    await isGone(left);
  });
  afterAll(() => rmSync(dataDir, { recursive: true, force: true }));

  it('keeps its data from start to start, and nothing runs in between', async () => {
    const first = await start();
    const pid = postmaster()!;
    await query(first.url, `INSERT INTO kept VALUES ('first')`);
    await first.stop();
    expect(isAlive(pid)).toBe(false);
    await expect(query(first.url, 'SELECT')).rejects.toMatchObject({ code: 'ECONNREFUSED' });

    const second = await start();
    expect(await query(second.url, `SELECT word FROM kept WHERE word = 'first'`)).toEqual([
      { word: 'first' },
    ]);
    await second.stop();
    expect(readdirSync(dataDir).sort()).toEqual(['postgres', 'secrets']);
  });

  it('listens on this machine only, and asks for a password', async () => {
    const postgres = await start();
    expect(await query(postgres.url, 'SHOW listen_addresses')).toEqual([{ listen_addresses: '127.0.0.1' }]);
    const url = new URL(postgres.url);
    url.password = 'wrong';
    await expect(query(url.href, 'SELECT')).rejects.toMatchObject({ code: '28P01' });
    await postgres.stop();
  });

  it('refuses a second owner; outlives the first, when that is killed, and is taken over by the next', async () => {
    const { url, owner } = await startElsewhere();
    const pid = postmaster();
    expect(pid).toBeDefined();
    await query(url, `INSERT INTO kept VALUES ('before the kill')`);

    const { message } = await refusal(start());
    expect(message).toBe(
      `Another running server uses the embedded PostgreSQL in ${dataDir}. ` +
        'Stop it, give this one a DATA_DIR of its own, or give both the same DATABASE_URL.',
    );
    expect(owner.exitCode).toBeNull();

    await kill(owner);
    await query(url, `INSERT INTO kept VALUES ('after the kill')`);
    const next = await start();
    expect(next.url).toBe(url);
    expect(postmaster()).toBe(pid);
    expect(await query(next.url, `SELECT word FROM kept WHERE word LIKE '%the kill' ORDER BY 1`)).toEqual([
      { word: 'after the kill' },
      { word: 'before the kill' },
    ]);
    await next.stop();
    expect(isAlive(pid!)).toBe(false);
  }, 15_000);

  it('may be stopped when it is gone already', async () => {
    const postgres = await start();
    const pid = postmaster()!;
    process.kill(pid, 'SIGQUIT');
    await isGone(pid);
    await expect(postgres.stop()).resolves.toBeUndefined();
  });

  describe('that is killed', () => {
    const answersAgain = (url: string) =>
      eventually(async () => {
        expect(await query(url, 'SELECT count(*)::int > 0 AS kept FROM kept')).toEqual([{ kept: true }]);
      }, 60_000);

    it('is started again under the same URL, also when it is killed once more', async () => {
      const postgres = await start();
      for (let kills = 0; kills < 2; kills++) {
        const pid = postmaster()!;
        process.kill(pid, 'SIGKILL');
        await isGone(pid);
        await answersAgain(postgres.url);
        expect(postmaster()).not.toBe(pid);
      }
      await postgres.stop();
      expect(postmaster()).toBeUndefined();
    }, 130_000);

    it('is started again when another process had started it', async () => {
      const { url, owner } = await startElsewhere();
      await kill(owner);
      const postgres = await start();
      expect(postgres.url).toBe(url);
      process.kill(postmaster()!, 'SIGKILL');
      await answersAgain(url);
      await postgres.stop();
      expect(postmaster()).toBeUndefined();
    }, 130_000);

    it('stays with its owner when only its sessions were cut', async () => {
      const postgres = await start();
      const pid = postmaster();
      const cut = 'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()';
      await query(postgres.url, cut);
      await eventually(async () => {
        const locks = await query(
          postgres.url,
          `SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted`,
        );
        expect(locks).toHaveLength(1);
      }, 30_000);
      expect(postmaster()).toBe(pid);
      await expect(start()).rejects.toThrow('Another running server uses the embedded PostgreSQL');
      await postgres.stop();
      expect(postmaster()).toBeUndefined();
    }, 60_000);
  });

  it.each([1, 20, 50, 100, 200, 400])(
    'either runs or leaves nothing running when its start has %d ms',
    async (startPatienceMs) => {
      const outcome = await startEmbeddedPostgres({ dataDir, settings: SETTINGS, startPatienceMs }).then(
        async (postgres) => {
          await postgres.stop();
          return 'runs';
        },
        (error: unknown) => (error as Error).message,
      );
      if (outcome !== 'runs')
        expect(outcome).toMatch(
          /^The embedded PostgreSQL cannot run here: it did not start within .* s\. (It said: .*)?Start the server again/s,
        );
      expect(postmaster()).toBeUndefined();
    },
    60_000,
  );

  it('leaves nothing when its start is called off while the cluster is made', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'ota-test-postgres-'));
    const calledOff = new AbortController();
    const starting = startEmbeddedPostgres({ dataDir: folder, settings: SETTINGS, signal: calledOff.signal });
    await eventually(() => {
      expect(readdirSync(folder).some((name) => name.startsWith('postgres.init-'))).toBe(true);
      return Promise.resolve();
    });
    calledOff.abort(new Error('called off'));
    await expect(starting).rejects.toThrow('called off');
    expect(readdirSync(folder)).toEqual(['secrets']);
    rmSync(folder, { recursive: true });
  }, 60_000);

  (process.platform === 'linux' ? it : it.skip)(
    'knows nothing of the secrets of its owner',
    async () => {
      process.env['ADMIN_PASSWORD'] = 'a secret of the test';
      const postgres = await start();
      delete process.env['ADMIN_PASSWORD'];
      const environment = readFileSync(`/proc/${postmaster()!}/environ`, 'utf8');
      // PostgreSQL overwrites a part of it with the title of the process.
      const names = environment.split('\0').flatMap((entry) => /^([A-Z_]+)=/.exec(entry)?.[1] ?? []);
      expect(environment).not.toContain('a secret of the test');
      const expected = ['LC_ALL', 'PATH', 'TZ', 'TMPDIR', 'LD_LIBRARY_PATH'];
      expect(names.filter((name) => !expected.includes(name) && !name.startsWith('PG_'))).toEqual([]);
      await postgres.stop();
    },
    60_000,
  );

  it('starts after a crash, when the process id in its lock belongs to another program by now', async () => {
    const lock = [process.pid, join(dataDir, 'postgres'), 1_700_000_000, 1, '', '127.0.0.1', '', 'ready'];
    writeFileSync(join(dataDir, 'postgres/postmaster.pid'), `${lock.join('\n')}\n`);
    const postgres = await start();
    expect(await query(postgres.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    expect(postmaster()).not.toBe(process.pid);
    await postgres.stop();
  }, 10_000);

  it('says so, and leaves nothing running, when the password is not that of the cluster', async () => {
    const file = join(dataDir, 'secrets/postgres');
    const password = readFileSync(file);
    writeFileSync(file, 'another');
    try {
      const { message } = await refusal(start());
      expect(message).toBe(
        'The embedded PostgreSQL cannot run here: ' +
          `the database in ${join(dataDir, 'postgres')} was made with another password than that in ${file}. ` +
          'Restore that file, or set DATABASE_URL.',
      );
      expect(postmaster()).toBeUndefined();
    } finally {
      writeFileSync(file, password);
    }
  }, 10_000);

  describe('in a folder that is broken', () => {
    let broken: string;

    beforeEach(() => {
      broken = mkdtempSync(join(tmpdir(), 'ota-test-broken-'));
    });
    afterEach(() => rmSync(broken, { recursive: true, force: true }));

    it.each<[string, () => void, RegExp]>([
      [
        'an empty cluster',
        () => mkdirSync(join(broken, 'postgres'), { mode: 0o700 }),
        /it does not start\. It said: .+/s,
      ],
      [
        'a cluster of another version',
        () => {
          mkdirSync(join(broken, 'postgres'), { mode: 0o700 });
          writeFileSync(join(broken, 'postgres/PG_VERSION'), '9.6\n');
        },
        /it does not start\. It said: .+/s,
      ],
      [
        'a file for a cluster',
        () => writeFileSync(join(broken, 'postgres'), ''),
        /it does not start\. It said: .+/s,
      ],
      ['a file for the secrets', () => writeFileSync(join(broken, 'secrets'), ''), /secrets/],
    ])('says so for %s', async (_what, breakIt, reason) => {
      breakIt();
      const before = readdirSync(broken);
      const { message } = await refusal(start(broken));
      expect(message).toMatch(/^The embedded PostgreSQL cannot run here: /);
      expect(message).toMatch(reason);
      expect(readdirSync(broken)).toEqual(expect.arrayContaining(before));
      expect(existsSync(join(broken, 'postgres/base'))).toBe(false);
    });
  });
});
