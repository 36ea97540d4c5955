import { someBytes } from '../../test/support/http-client.js';
import { headersOf, startBare } from '../baselines/bare.js';
import { compare } from '../lib/compare.js';
import type { LoadRequest } from '../lib/load.js';
import { startOtaServer, withSubjects } from '../lib/ota-server.js';
import { ratioOf, type ScenarioResult } from '../lib/report.js';

const IN_FLIGHT = 256;
/** A multiple, so that all steps of a device go over one connection. */
const DEVICES = 8 * IN_FLIGHT;
const STEPS = ['downloading', 'installing', 'success'];

/** Devices that report step after step; each answer means that it is on disk. */
export async function status(): Promise<ScenarioResult> {
  const grouped = await startOtaServer();
  const alone = await startOtaServer('ota-server, GROUP_COMMIT=off', { GROUP_COMMIT: 'off' });
  for (const { client } of [grouped, alone]) await client.publish(someBytes(1000), { version: '2.0.0' });
  const answer = await grouped.client.report({ firmware_id: 1, status: 'pending' });
  const [text, headers] = [answer.bytes.toString(), headersOf(answer)];
  const bare = await startBare({ kind: 'json', text, headers });
  return withSubjects([grouped, bare, alone], async (subjects) => {
    const measurements = await compare(subjects, { connections: IN_FLIGHT, requests: reports() });
    const [ours, baseline, oneByOne] = measurements;
    return {
      scenario: 'status',
      setting: `${IN_FLIGHT} reports in flight, ${DEVICES} devices, durable (fsync on) in the embedded PostgreSQL`,
      measurements,
      ratios: [
        ratioOf(ours, oneByOne, 'perSecond', { atLeast: 6 }),
        ratioOf(ours, baseline, 'perSecond', { atLeast: 0.4 }),
        ratioOf(ours, baseline, 'cpuMicros', null),
      ],
    };
  });
}

export function reports(): LoadRequest[] {
  return STEPS.flatMap((step) =>
    Array.from({ length: DEVICES }, (_, index) => ({
      method: 'POST' as const,
      path: '/api/ota/status',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ device_id: index + 1, firmware_id: 1, status: step, bytes_downloaded: 1000 }),
    })),
  );
}
