import {
  spawn,
  spawnSync,
  type ChildProcess,
  type SpawnOptions,
  type SpawnSyncReturns,
} from 'node:child_process';
import { chownSync } from 'node:fs';
import { programEnvironment } from '../../config/program-environment.js';

/** The account under which the embedded PostgreSQL runs, because it refuses to run as root. */
export interface PostgresAccount {
  /** Makes the account the owner of a folder or file. */
  own(path: string): void;
  spawn(program: string, args: readonly string[], options: SpawnOptions): ChildProcess;
}

const NAME = 'postgres';
/**
 * Lets a process traverse folders that only root can enter, without the right to write to them. PostgreSQL uses access(2),
 * which drops the capabilities of an ordinary user unless the secure bit is set. See capabilities(7).
 */
const ENTER_ANY_FOLDER = [
  '--inh-caps=+dac_read_search',
  '--ambient-caps=+dac_read_search',
  '--securebits=+no_setuid_fixup',
];

const ourselves: PostgresAccount = {
  own: () => undefined,
  spawn: (program, args, options) => spawn(program, args, options),
};

/**
 * Chooses the account for the programs and data in `paths`: the user of this process or, if that is root, the system
 * user `postgres`, which is created if it does not exist.
 * @throws Error with a sentence that says what to do, if that user cannot reach one of the paths
 */
export function findPostgresAccount(paths: readonly string[]): PostgresAccount {
  if (process.getuid?.() !== 0) return ourselves;
  const { uid, gid } = findSystemUser() ?? makeSystemUser();
  const own = (path: string): void => chownSync(path, uid, gid);

  const blocked = paths.find((path) => !canReach(path, { uid, gid }));
  if (blocked === undefined) {
    return { own, spawn: (program, args, options) => spawn(program, args, { ...options, uid, gid }) };
  }

  const asUser = [`--reuid=${uid}`, `--regid=${gid}`, '--clear-groups', ...ENTER_ANY_FOLDER, '--'];
  if (run('setpriv', [...asUser, 'test', '-x', blocked]).status !== 0) {
    throw new Error(
      `As root, PostgreSQL runs as the user "${NAME}", who cannot reach ${blocked}. ` +
        `Open the folders above it (chmod a+x), start the server as an ordinary user, or set DATABASE_URL.`,
    );
  }
  return { own, spawn: (program, args, options) => spawn('setpriv', [...asUser, program, ...args], options) };
}

interface UserIds {
  readonly uid: number;
  readonly gid: number;
}

function findSystemUser(): UserIds | null {
  const [uid, gid] = ['-u', '-g'].map((flag) => {
    const { status, stdout } = run('id', [flag, NAME]);
    return status === 0 ? Number(stdout) : NaN;
  });
  return uid === undefined || gid === undefined || Number.isNaN(uid + gid) ? null : { uid, gid };
}

function makeSystemUser(): UserIds {
  const made = run('useradd', [
    '--system',
    '--user-group',
    '--no-create-home',
    '--shell',
    '/bin/false',
    NAME,
  ]);
  const user = made.status === 0 ? findSystemUser() : null;
  if (!user) {
    throw new Error(
      `PostgreSQL refuses to run as root, and the user "${NAME}" for it could not be made. ` +
        `Start the server as an ordinary user, or set DATABASE_URL.`,
    );
  }
  return user;
}

function canReach(path: string, user: UserIds): boolean {
  return run('test', ['-x', path], user).status === 0;
}

function run(
  program: string,
  args: readonly string[],
  user: Partial<UserIds> = {},
): SpawnSyncReturns<string> {
  return spawnSync(program, args, { ...user, env: programEnvironment(), encoding: 'utf8' });
}
