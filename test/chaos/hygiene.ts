import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import type { OpenAPIObject } from '@nestjs/swagger';
import { operationsOf } from '../support/openapi/operations.js';
import { requestsTo } from '../support/openapi/requests.js';
import { makeFolder, removeFolder, ServerProcess } from '../support/server-process.js';
import { misplaced } from './hygiene/misplaced.js';
import { searchEvidence } from './hygiene/search.js';
import { evidence } from './lib/evidence.js';
import { Postgres } from './lib/postgres.js';
import { childPids } from './lib/processes.js';
import { rowOf, type Row, type Section } from './lib/report.js';
import { SECRETS } from './lib/secrets.js';
import { bytesFor, Stage } from './lib/stage.js';

const REQUESTS_EACH = 20;
/** Of the user `nobody`. */
const NOBODY = '65534';

export const hygiene: Section = {
  name: 'hygiene',
  title: 'Nothing secret where others can read it',
  explanation:
    'The servers of this section and of the sections on the database, the store, the clock and SIGTERM in the same run write ' +
    'all that they can to their logs (LOG_LEVEL=verbose). In the end their logs, their metrics, ' +
    'the rows of the audit, the answers that say an error, the list of processes and their environments are searched for the ' +
    'passwords, keys and tokens that the servers were given or have handed out, for passwords that were typed into wrong ' +
    'fields, and for anything that looks like a token, a hash of a password or a signature.',
  run: async (progress) => {
    const postgres = await Postgres.start();
    const databaseUrl = await postgres.createDatabase();
    const rows: Row[] = [];
    const stage = await Stage.start({ DATABASE_URL: databaseUrl });
    try {
      await use(stage);
      await failToStart(databaseUrl);
      rows.push(environmentsOf([stage.server.pid]));
    } finally {
      await stage.close();
      await postgres.stop();
    }
    const embedded = await Stage.start();
    try {
      rows.push(environmentsOf([embedded.server.pid], 'with its embedded PostgreSQL'));
      rows.push(filesOf(embedded));
    } finally {
      await embedded.close();
    }
    rows.unshift(...searchEvidence());
    progress(`${rows.length} places searched`);
    return rows;
  },
};

/** Everything that the document names, and mistakes that people make with secrets. */
async function use(stage: Stage): Promise<void> {
  const id = await stage.publish(bytesFor('release', 10_000));
  const path = await stage.downloadPath(1);
  await stage.client.send('GET', path);
  evidence.secrets.set('signature', new URLSearchParams(path.split('?')[1]).get('sig') ?? '');
  for (const { method, path: place, ...sending } of misplaced(stage.token, path, id)) {
    const answer = await stage.client.send(method, place, sending);
    if (answer.status >= 400) evidence.add('answer', answer.bytes.toString());
  }
  const document = (await stage.client.send('GET', '/docs/openapi.json')).body as OpenAPIObject;
  for (const operation of operationsOf(document)) {
    // Those would change the password of the only admin, or end the session.
    if (/password|session|users|tokens/.test(operation.path)) continue;
    for (const { method, path: made, headers, body } of fc.sample(
      requestsTo(document, operation),
      REQUESTS_EACH,
    )) {
      const all = {
        Authorization: `Bearer ${stage.token}`,
        'Content-Length': String(body?.length ?? 0),
        ...headers,
      };
      const answer = await stage.client.send(method, made, { headers: all, body });
      if (answer.status >= 400) evidence.add('answer', answer.bytes.toString());
    }
  }
}

/** What a server says that cannot start must not tell the password of its database. */
async function failToStart(databaseUrl: string): Promise<void> {
  const urls = [
    databaseUrl.replace('/ota_test', '/ota_test_none'),
    databaseUrl.replace(/:\d+\//, ':1/'),
    `postgres//ota:${SECRETS.databasePassword}@127.0.0.1`,
    `${databaseUrl}?sslmode=verify-full`,
  ];
  for (const url of urls) {
    const folder = makeFolder();
    const server = new ServerProcess(folder, { DATABASE_URL: url, LOG_LEVEL: 'verbose', WORKERS: '1' });
    await server.ended;
    evidence.add('log', server.output + server.errors);
    await removeFolder(folder);
  }
}

/** What other users of the machine can see of the processes of a server, and its children. */
function environmentsOf(pids: readonly number[], which = 'with an external PostgreSQL'): Row {
  const all = pids.flatMap((pid) => [pid, ...descendants(pid)]);
  const faults: string[] = [];
  for (const pid of all) {
    evidence.add('command line', readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' '));
    if (isReadableByNobody(`/proc/${pid}/environ`)) faults.push(`anybody can read the environment of ${pid}`);
    const owner = statSync(`/proc/${pid}`).uid;
    const environment = readFileSync(`/proc/${pid}/environ`, 'utf8');
    const isOurs = owner === (process.getuid?.() ?? 0);
    for (const [name, secret] of evidence.secrets) {
      if (!isOurs && environment.includes(secret))
        faults.push(`the user ${owner} can read ${name} of ${pid}`);
    }
  }
  return rowOf(
    `environments of the processes of a server ${which}`,
    all.length,
    faults,
    'none is readable by another user',
  );
}

const descendants = (pid: number): number[] =>
  childPids(pid).flatMap((child) => [child, ...descendants(child)]);

function isReadableByNobody(path: string): boolean {
  try {
    return (
      execFileSync('setpriv', [`--reuid=${NOBODY}`, '--clear-groups', 'cat', path], { stdio: 'pipe' })
        .length > 0
    );
  } catch {
    return false;
  }
}

/** Generated secrets are for their owner only. */
function filesOf(stage: Stage): Row {
  const folder = join(stage.folder, 'data', 'secrets');
  const names = readdirSync(folder);
  const faults = names
    .filter((name) => (statSync(join(folder, name)).mode & 0o077) !== 0)
    .map((name) => `others may read ${name}`);
  return rowOf('files of generated secrets', names.length, faults, 'only their owner may read them');
}
