import { setTimeout as sleep } from 'node:timers/promises';
import { someBytes } from '../../test/support/http-client.js';
import { holdIdle } from '../lib/idle.js';
import { applyLoad, type LoadRequest } from '../lib/load.js';
import { startOtaServer, withSubjects, type OtaServer } from '../lib/ota-server.js';
import { memory, resetPeak } from '../lib/process-cost.js';
import type { Ratio, ScenarioResult } from '../lib/report.js';
import { checks } from './check.js';
import { rangesOf } from './download.js';
import { publishReleases, reports } from './status.js';

const IDLE = 10_000;
const KIB = 1024;
const MIB = 1024 * KIB;
const IMAGE_BYTES = 1_500_000;
const LOAD_SECONDS = 6;

/** Resident memory of the server's process; that of PostgreSQL is not in it. */
export async function memoryUse(): Promise<ScenarioResult> {
  const ota = await startOtaServer();
  await publishReleases(ota.client);
  const { body } = await ota.client.publish(someBytes(IMAGE_BYTES), { version: '99.0.0' });
  const path = `/api/ota/download/${body.id}`;
  return withSubjects([ota], async () => {
    const idle = await idleConnections(ota);
    const peak = await peakUnderLoad(ota, path);
    return {
      scenario: 'memory',
      setting: `${IDLE} idle connections after one check each; then checks, reports, images and ranges all at once`,
      measurements: [],
      ratios: [
        limit('memory of an idle connection', idle / KIB, 'KiB', 12),
        limit('peak under load, less the image in memory', (peak - IMAGE_BYTES) / MIB, 'MiB', 300),
      ],
    };
  });
}

/** @returns bytes for each */
async function idleConnections(ota: OtaServer): Promise<number> {
  const [{ path, headers, body = '' }] = checks(1) as [LoadRequest];
  const lines = Object.entries({ Host: 'localhost', 'Content-Length': body.length, ...headers });
  const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  const order = {
    port: Number(new URL(ota.url).port),
    connections: IDLE,
    request: `POST ${path} HTTP/1.1\r\n${head}\r\n${body}`,
  };
  // So that what the server needs to run warm is not taken for that of the connections.
  await applyLoad({ url: ota.url, connections: 64, requests: checks(1_000), seconds: 3 });
  await sleep(2_000);
  const before = memory(ota.pids, 'VmRSS');
  const held = await holdIdle(order);
  await sleep(2_000);
  const after = memory(ota.pids, 'VmRSS');
  await held.close();
  return (after - before) / IDLE;
}

/** @returns bytes */
async function peakUnderLoad(ota: OtaServer, path: string): Promise<number> {
  resetPeak(ota.pids);
  const whole = Array.from({ length: 32 }, () => ({ method: 'GET' as const, path }));
  const loads = [
    { connections: 64, requests: checks(10_000) },
    { connections: 256, requests: reports(0) },
    { connections: 32, requests: whole },
    { connections: 64, requests: rangesOf(path, IMAGE_BYTES) },
  ];
  await Promise.all(loads.map((load) => applyLoad({ url: ota.url, seconds: LOAD_SECONDS, ...load })));
  return memory(ota.pids, 'VmHWM');
}

const limit = (of: string, value: number, unit: string, atMost: number): Ratio => ({
  of,
  to: '',
  unit,
  ratio: value,
  goal: { atMost },
});
