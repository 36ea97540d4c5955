import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { Agent } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Client, send, sha256, someBytes } from '../support/http-client.js';
import { makeFolder, removeFolder, ServerProcess } from '../support/server-process.js';
import { childrenOf } from '../support/worker-pids.js';
import type { StormOrder, StormOutcome } from './storm-devices.js';

/** After a release: 2,000 devices begin to download at once over slow connections, while others check. */
const DEVICES = 2_000;
const BYTES_PER_SECOND = 64 * 1024;
const IMAGE_BYTES = 1024 * 1024;
const CHECKS_EVERY_MS = 5;
const MIB = 1024 * 1024;
const ADMIN_PASSWORD = 'a password';

const folder = makeFolder();
const server = new ServerProcess(folder, {
  ADMIN_PASSWORD,
  ...(process.env['WORKERS'] !== undefined && { WORKERS: process.env['WORKERS'] }),
});
try {
  const url = await server.ready();
  const image = someBytes(IMAGE_BYTES);
  const client = await Client.logIn(url, ADMIN_PASSWORD);
  const published = await client.publish(image, { version: '2.0.0' });
  const pids = [server.pid, ...childrenOf(server.pid)];
  const rss = (): number => pids.reduce((sum, pid) => sum + residentBytes(pid), 0);

  const calm = await checksWhile(url, sleep(3_000));
  const before = rss();
  let peak = before;
  const sampling = setInterval(() => (peak = Math.max(peak, rss())), 200);
  const storm = runStorm({
    url: `${url}/api/ota/download/${String(published.body.id)}`,
    devices: DEVICES,
    bytesPerSecond: BYTES_PER_SECOND,
    hash: sha256(image),
  });
  const during = await checksWhile(url, storm);
  clearInterval(sampling);
  const outcome = await storm;

  process.stdout.write(
    `downloads  ${outcome.right} of ${DEVICES} right, in ${outcome.seconds.toFixed(1)} s ` +
      `(${((DEVICES * IMAGE_BYTES) / MIB / outcome.seconds).toFixed(0)} MiB/s)\n` +
      `checks     p50 ${quantile(during, 0.5)} ms, p99 ${quantile(during, 0.99)} ms of ${during.length}` +
      ` (before: p50 ${quantile(calm, 0.5)} ms, p99 ${quantile(calm, 0.99)} ms)\n` +
      `memory     ${(before / MIB).toFixed(0)} MiB before, ${(peak / MIB).toFixed(0)} MiB at the peak, ` +
      `of ${pids.length} process${pids.length === 1 ? '' : 'es'}\n`,
  );
  if (outcome.right !== DEVICES) {
    process.stdout.write(`wrong: ${[...new Set(outcome.wrong)].slice(0, 10).join('; ')}\n`);
    process.exitCode = 1;
  }
} finally {
  await server.kill('SIGTERM');
  await removeFolder(folder);
}

async function runStorm(order: StormOrder): Promise<StormOutcome> {
  const child = fork(fileURLToPath(new URL('storm-devices.js', import.meta.url)));
  child.send(order);
  const [outcome] = (await once(child, 'message')) as [StormOutcome];
  return outcome;
}

/** One check after another, at a steady pace whatever the answers take. @returns milliseconds, sorted */
async function checksWhile(url: string, work: Promise<unknown>): Promise<number[]> {
  const over = new AbortController();
  void work.finally(() => over.abort()).catch(() => undefined);
  const agent = new Agent({ keepAlive: true });
  const times: number[] = [];
  const under: Promise<void>[] = [];
  for (let device_id = 1_000_000; !over.signal.aborted; device_id++) {
    under.push(checkOnce(url, device_id, agent, times));
    await sleep(CHECKS_EVERY_MS);
  }
  await Promise.all(under);
  agent.destroy();
  return times.sort((a, b) => a - b);
}

async function checkOnce(url: string, device_id: number, agent: Agent, times: number[]): Promise<void> {
  const body = { device_id, device_type: 'sensor', current_version: '1.0.0', current_build: 1 };
  const begun = performance.now();
  const { status } = await send(`${url}/api/ota/check`, 'POST', { body, agent });
  if (status !== 200) throw new Error(`A check was answered ${status}.`);
  times.push(performance.now() - begun);
}

function quantile(sorted: readonly number[], q: number): string {
  return (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? NaN).toFixed(1);
}

/** Linux: https://man7.org/linux/man-pages/man5/proc.5.html */
function residentBytes(pid: number): number {
  const kilobytes = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kilobytes) * 1024;
}
