import { Client } from '../../test/support/http-client.js';
import { makeFolder, removeFolder, ServerProcess } from '../../test/support/server-process.js';
import { childrenOf } from '../../test/support/worker-pids.js';
import { basename, join } from 'node:path';
import { installationSecret } from '../../src/config/secrets.js';
import { findPostmaster, type Postmaster } from '../../src/database/embedded/postmaster.js';
import type { Subject } from './subject.js';

const ADMIN_PASSWORD = 'measured';
/** The load is many devices behind one address, each of them as fast as thousands. */
const UNLIMITED = {
  RATE_LIMIT_DEVICE_PER_MINUTE: '0',
  RATE_LIMIT_ADMIN_PER_MINUTE: '0',
  NEW_DEVICES_PER_MINUTE: '0',
};

/** The built server as operators run it, with its embedded PostgreSQL, durable, and no line in the log for each request. */
export interface OtaServer extends Subject {
  readonly client: Client;
  /** Of its admin. */
  readonly token: string;
  readonly folder: string;
  /** Of its embedded PostgreSQL. */
  readonly databaseUrl: string;
}

/** @param root where it was built; another version elsewhere */
export async function startOtaServer(
  name = 'ota-server',
  env: Readonly<Record<string, string>> = {},
  root = '.',
): Promise<OtaServer> {
  const folder = makeFolder();
  const server = new ServerProcess(folder, { ADMIN_PASSWORD, WORKERS: '1', ...UNLIMITED, ...env }, root);
  const url = await server.ready();
  const client = await Client.logIn(url, ADMIN_PASSWORD);
  const postmaster = postmasterIn(folder);
  return {
    name,
    url,
    pids: [server.pid, ...childrenOf(server.pid)],
    postmasterPids: postmaster ? [postmaster.pid] : [],
    folder,
    databaseUrl: databaseUrlIn(folder),
    client,
    token: client.token,
    stop: async () => {
      await server.kill('SIGTERM');
      await removeFolder(folder);
    },
  };
}

/** The build in another folder, where one is given, to be measured in the same run. @returns one, or none */
export const startOtherBuild = async (root: string | null): Promise<OtaServer[]> =>
  root === null ? [] : [await startOtaServer(`ota-server in ${basename(root)}`, {}, root)];

const postmasterIn = (folder: string): Postmaster | null => findPostmaster(join(folder, 'data', 'postgres'));

function databaseUrlIn(folder: string): string {
  const password = installationSecret(join(folder, 'data'), 'postgres');
  const port = postmasterIn(folder)?.port ?? 0;
  return `postgres://ota:${password}@127.0.0.1:${port}/ota`;
}

/** Another server on the database and the store of the first, with nobody logged in. */
export async function startBeside(
  first: OtaServer,
  name: string,
  env: Readonly<Record<string, string>>,
): Promise<Subject> {
  const folder = makeFolder();
  const server = new ServerProcess(folder, {
    ADMIN_PASSWORD,
    DATABASE_URL: first.databaseUrl,
    FIRMWARE_STORE: join(first.folder, 'store'),
    WORKERS: '1',
    ...UNLIMITED,
    ...env,
  });
  const url = await server.ready();
  return {
    name,
    url,
    pids: [server.pid],
    stop: async () => {
      await server.kill('SIGTERM');
      await removeFolder(folder);
    },
  };
}

/** Stops all, whatever happened meanwhile. */
export async function withSubjects<S extends readonly Subject[], T>(
  subjects: S,
  work: (subjects: S) => Promise<T>,
): Promise<T> {
  try {
    return await work(subjects);
  } finally {
    for (const subject of subjects) await subject.stop();
  }
}
