import { setTimeout as sleep } from 'node:timers/promises';
import { Fleet } from '../support/fleet.js';
import { Client, someBytes } from '../support/http-client.js';
import { makeFolder, removeFolder, ServerProcess } from '../support/server-process.js';
import { childrenOf } from '../support/worker-pids.js';

/**
 * Twenty rounds of kill -9, of a worker and of the whole server in turn, under a load of reports. In the end every answer
 * must be on record, and no attempt twice.
 */
const ROUNDS = 20;
const DEVICES_AT_ONCE = 32;
const ADMIN = { ADMIN_PASSWORD: 'a password', WORKERS: '2' };

const folder = makeFolder();
let server = new ServerProcess(folder, ADMIN);
let url = await server.ready();
const fleet = new Fleet({ url: () => url, firmwareId: await publish(), atOnce: DEVICES_AT_ONCE });

try {
  for (let round = 1; round <= ROUNDS; round++) {
    await sleep(1_200 + Math.random() * 600);
    const before = fleet.reports;
    const what = round % 2 === 1 ? await killWorker() : await killServer();
    process.stdout.write(`round ${round}: killed ${what}; ${before} reports were acknowledged by then\n`);
  }
  await sleep(1_000);
  await fleet.stop();
  fleet.violations.push(...(await fleet.lost(await Client.logIn(url, ADMIN.ADMIN_PASSWORD))));
} finally {
  await fleet.stop();
  await server.kill('SIGKILL');
  await removeFolder(folder);
}
process.stdout.write(
  `${fleet.reports} reports of ${fleet.devices} devices acknowledged, ${fleet.brokenOff} requests broken off and sent again\n` +
    `${fleet.violations.slice(0, 20).join('\n') || 'none is missing, no attempt is doubled'}\n`,
);
process.exitCode = fleet.violations.length === 0 ? 0 : 1;

async function publish(): Promise<number> {
  const client = await Client.logIn(url, ADMIN.ADMIN_PASSWORD);
  const { status, body } = await client.publish(someBytes(1_000), { version: '2.0.0' });
  if (status !== 200) throw new Error(JSON.stringify(body));
  return body.id as number;
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
