import { multipart, send } from '../test/support/http-client.js';
import { memory, resetPeak } from './lib/process-cost.js';
import { makeFolder, removeFolder, ServerProcess } from '../test/support/server-process.js';

/** What the built server costs before anybody uses it: its starts, and the memory of a large upload. */
const MIB = 1024 * 1024;
const ADMIN_PASSWORD = 'measured';

const folder = makeFolder();
const started: string[] = [];
try {
  for (const which of ['first start', 'second start', 'third start']) {
    const { server, seconds } = await start();
    started.push(`${which.padEnd(14)} ${seconds.toFixed(2)} s`);
    await server.kill('SIGTERM');
  }
  const { server, url } = await start();
  const uploads = await measureUploads(server, url);
  await server.kill('SIGTERM');
  process.stdout.write(`${[...started, ...uploads].join('\n')}\n`);
} finally {
  await removeFolder(folder);
}

async function start(): Promise<{ server: ServerProcess; url: string; seconds: number }> {
  const begin = performance.now();
  const server = new ServerProcess(folder, { ADMIN_PASSWORD });
  const url = await server.ready();
  return { server, url, seconds: (performance.now() - begin) / 1000 };
}

/** @returns one line for each upload of 64 MiB */
async function measureUploads(server: ServerProcess, url: string): Promise<string[]> {
  const login = await send(`${url}/api/auth/login`, 'POST', {
    body: { username: 'admin', password: ADMIN_PASSWORD },
  });
  const { access_token } = login.body as { access_token: string };
  const form = multipart([{ name: 'file', filename: 'large.bin', content: Buffer.alloc(64 * MIB, 0x5a) }]);
  const lines: string[] = [];
  const pids = [server.pid];
  for (const version of ['1.0.0', '2.0.0']) {
    resetPeak(pids);
    const before = memory(pids, 'VmRSS');
    const begin = performance.now();
    const answer = await send(`${url}/api/ota/admin/upload?device_type=bench&version=${version}`, 'POST', {
      body: form.body,
      headers: { Authorization: `Bearer ${access_token}`, 'Content-Type': form.type },
    });
    if (answer.status !== 200) throw new Error(`The upload was refused: ${answer.bytes.toString()}`);
    const seconds = (performance.now() - begin) / 1000;
    const growth = memory(pids, 'VmHWM') - before;
    lines.push(
      `64 MiB upload  +${(growth / MIB).toFixed(1)} MiB at the peak, from ${(before / MIB).toFixed(1)} MiB; ${seconds.toFixed(2)} s`,
    );
  }
  return lines;
}
