import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { rowOf, type Section } from '../chaos/lib/report.js';
import type { Cluster } from './lib/cluster.js';
import { Traffic } from './lib/traffic.js';
import { withCluster } from './lib/with-cluster.js';

const DEVICES = 150;
const SECONDS = 60;
const SIMULATED = 'simulated';
const FIRST_ID = 1_000_000;
const DOWN_MS = 3_000;

/** What `ota simulate --json --compare-logs` says. */
interface Summary {
  readonly requests: Readonly<Record<string, { readonly count: number }>>;
  readonly errors: Readonly<Record<string, number>>;
  readonly logs?: { readonly rows: number; readonly agree: number; readonly differ: readonly unknown[] };
}

export const kill: Section = {
  name: 'kill',
  title: 'Servers killed under load',
  explanation:
    'Each of three servers is killed (SIGKILL) and started again in turn, while `ota simulate` and other devices check, download ' +
    'and report through the balancer. A connection may break; no check may be refused, and what was acknowledged must be on record.',
  run: (progress) =>
    withCluster(async (cluster) => {
      const traffic = await Traffic.start(cluster);
      progress('devices report');
      // A release of their own: those of them that fail try again, which others never do.
      await cluster.publish(0, { version: '2.0.0', device_type: SIMULATED });
      const simulation = simulate(cluster);
      let kills = 0;
      const begun = performance.now();
      while (kills < cluster.members.length || performance.now() - begun < SECONDS * 1_000) {
        const index = kills % cluster.members.length;
        await cluster.kill(index);
        kills += 1;
        await sleep(DOWN_MS);
        await cluster.startAgain(index);
        progress(`server ${index} was killed and serves again`);
      }
      const { summary, errors } = await simulation;
      await cluster.isWell();
      const row = await traffic.end(`${kills} servers killed`, '', { connectionsBreak: true });
      const requests = Object.values(summary?.requests ?? {}).reduce((sum, { count }) => sum + count, 0);
      const logs = summary?.logs;
      const found = Object.entries(summary?.errors ?? {}).map(([what, count]) => `${count} × ${what}`);
      return [
        row,
        rowOf(
          `ota simulate, ${DEVICES} devices`,
          requests,
          logs && logs.rows > 0
            ? logs.differ.map((difference) => JSON.stringify(difference))
            : [`nothing was compared: ${errors}`],
          `${logs?.agree ?? 0} attempts on record as reported, lost ${logs?.differ.length ?? '?'}` +
            (found.length > 0 ? `; errors that devices saw and survived: ${found.join(', ')}` : ''),
        ),
      ];
    }),
};

function simulate(cluster: Cluster): Promise<{ summary: Summary | null; errors: string }> {
  const args = [
    'dist/src/cli/main.js',
    '--server',
    cluster.url,
    '--token',
    cluster.token,
    '--json',
    'simulate',
  ];
  const options = ['--device-type', SIMULATED, '--devices', String(DEVICES), '--first-id', String(FIRST_ID)];
  const times = ['--interval', '5s', '--reboot', '1s', '--duration', `${SECONDS}s`, '--failure-rate', '0.2'];
  const child = spawn(process.execPath, [...args, ...options, ...times, '--compare-logs'], {
    env: { PATH: process.env['PATH'] ?? '', HOME: '/nowhere' },
  });
  let [output, errors] = ['', ''];
  child.stdout.on('data', (text: Buffer) => (output += text.toString()));
  child.stderr.on('data', (text: Buffer) => (errors += text.toString()));
  return new Promise((resolve) => {
    child.once('exit', () => {
      resolve({ summary: output.trim() === '' ? null : (JSON.parse(output) as Summary), errors });
    });
  });
}
