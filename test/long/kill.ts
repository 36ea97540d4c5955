import { setTimeout as sleep } from 'node:timers/promises';
import { Client, send, someBytes } from '../support/http-client.js';
import { makeFolder, removeFolder, ServerProcess } from '../support/server-process.js';
import { childrenOf } from '../support/worker-pids.js';

/**
 * Twenty rounds of kill -9, of a worker and of the whole server in turn, under a load of reports. The devices keep what
 * they were answered and send again what was not; in the end every answer must be on record, and no attempt twice.
 */
const ROUNDS = 20;
const DEVICES_AT_ONCE = 32;
const STATUSES = ['downloading', 'installing', 'success'];
const ADMIN = { ADMIN_PASSWORD: 'a password', WORKERS: '2' };

interface Acknowledged {
  logId: number;
  status: string;
}

const folder = makeFolder();
const acknowledged = new Map<number, Acknowledged>();
const violations: string[] = [];
const until = new AbortController();
let unanswered = 0;
let reports = 0;
let server = new ServerProcess(folder, ADMIN);
let url = await server.ready();

try {
  const firmwareId = await publish();
  const devices = Array.from({ length: DEVICES_AT_ONCE }, (_, n) => runDevices(n + 1, firmwareId));
  for (let round = 1; round <= ROUNDS; round++) {
    await sleep(1_200 + Math.random() * 600);
    const before = reports;
    const what = round % 2 === 1 ? await killWorker() : await killServer();
    process.stdout.write(`round ${round}: killed ${what}; ${before} reports were acknowledged by then\n`);
  }
  await sleep(1_000);
  until.abort();
  await Promise.all(devices);
  await compare(firmwareId);
} finally {
  until.abort();
  await server.kill('SIGKILL');
  await removeFolder(folder);
}
process.stdout.write(
  `${reports} reports of ${acknowledged.size} devices acknowledged, ${unanswered} requests broken off and sent again\n` +
    `${violations.length === 0 ? 'none is missing, no attempt is doubled' : violations.slice(0, 20).join('\n')}\n`,
);
process.exitCode = violations.length === 0 ? 0 : 1;

async function logIn(): Promise<Client> {
  const body = { username: 'admin', password: ADMIN.ADMIN_PASSWORD };
  const login = await send(`${url}/api/auth/login`, 'POST', { body });
  return new Client({ url, token: login.body.access_token as string });
}

async function publish(): Promise<number> {
  const client = await logIn();
  const { status, body } = await client.publish(someBytes(1_000), { version: '2.0.0' });
  if (status !== 200) throw new Error(JSON.stringify(body));
  return body.id as number;
}

/** One device after the other goes through a whole update. */
async function runDevices(first: number, firmware_id: number): Promise<void> {
  for (let device_id = first; !until.signal.aborted; device_id += DEVICES_AT_ONCE) {
    const question = { device_id, device_type: 'sensor', current_version: '1.0.0', current_build: 1 };
    await insist('/api/ota/check', question);
    for (const status of STATUSES) {
      const answer = await insist('/api/ota/status', { device_id, firmware_id, status });
      if (answer === null) return;
      reports += 1;
      const logId = answer['log_id'] as number;
      const known = acknowledged.get(device_id);
      if (known && known.logId !== logId) {
        violations.push(`device ${device_id}: its attempt was ${known.logId}, then ${logId}`);
      }
      acknowledged.set(device_id, { logId, status });
    }
  }
}

/** Sends until there is an answer. @returns null when there is to be none any more */
async function insist(path: string, body: object): Promise<Record<string, unknown> | null> {
  while (!until.signal.aborted) {
    const answer = await send(url + path, 'POST', { body }).catch(() => null);
    if (answer?.status === 200) return answer.body as Record<string, unknown>;
    if (answer && answer.status !== 503) {
      violations.push(`${path} answered ${answer.status}: ${answer.bytes.toString()}`);
      return null;
    }
    unanswered += 1;
    await sleep(20);
  }
  return null;
}

async function killWorker(): Promise<string> {
  const workers = childrenOf(server.pid);
  const victim = workers[Math.floor(Math.random() * workers.length)] ?? 0;
  process.kill(victim, 'SIGKILL');
  while (childrenOf(server.pid).filter((pid) => pid !== victim).length < 2) await sleep(50);
  return `worker ${victim}`;
}

async function killServer(): Promise<string> {
  const { pid } = server;
  await server.kill('SIGKILL');
  server = new ServerProcess(folder, ADMIN);
  url = await server.ready();
  return `the server ${pid}`;
}

async function compare(firmwareId: number): Promise<void> {
  const client = await logIn();
  const attempts = new Map<number, { id: number; device_id: number; status: string }>();
  for (let skip = 0; ; skip += 1000) {
    const { body } = await client.admin('GET', `/logs?firmware_id=${firmwareId}&limit=1000&skip=${skip}`);
    // By id, because a page may repeat the end of the one before it: offers still being written push the list down.
    for (const attempt of body) attempts.set(attempt.id, attempt);
    if (body.length < 1000) break;
  }
  const attemptOf = new Map<number, number>();
  for (const { id, device_id } of attempts.values()) {
    const other = attemptOf.get(device_id);
    if (other !== undefined)
      violations.push(`device ${device_id}: the attempts ${other} and ${id} instead of one`);
    attemptOf.set(device_id, id);
  }
  for (const [device, { logId, status }] of acknowledged) {
    const row = attempts.get(logId);
    if (row?.device_id !== device) violations.push(`device ${device}: the attempt ${logId} is missing`);
    else if (STATUSES.indexOf(row.status) < STATUSES.indexOf(status)) {
      violations.push(`device ${device}: ${status} was acknowledged, but ${row.status} is on record`);
    }
  }
}
