import { Client } from '../../test/support/http-client.js';
import { makeFolder, removeFolder, ServerProcess } from '../../test/support/server-process.js';
import type { Subject } from './subject.js';

const ADMIN_PASSWORD = 'measured';

/** The built server as operators run it, with its embedded PostgreSQL, durable, and no line in the log for each request. */
export interface OtaServer extends Subject {
  readonly client: Client;
  readonly folder: string;
}

export async function startOtaServer(
  name = 'ota-server',
  env: Readonly<Record<string, string>> = {},
): Promise<OtaServer> {
  const folder = makeFolder();
  const server = new ServerProcess(folder, { ADMIN_PASSWORD, ...env });
  const url = await server.ready();
  const login = await new Client({ url, token: '' }).send('POST', '/api/auth/login', {
    body: { username: 'admin', password: ADMIN_PASSWORD },
  });
  return {
    name,
    url,
    pid: server.pid,
    folder,
    client: new Client({ url, token: login.body.access_token as string }),
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
