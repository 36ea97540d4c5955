import { someBytes } from '../../test/support/http-client.js';
import { headersOf, startBare } from '../baselines/bare.js';
import { compare } from '../lib/compare.js';
import type { LoadRequest } from '../lib/load.js';
import { startOtaServer, startOtherBuild, withSubjects } from '../lib/ota-server.js';
import { ratioOf, ratiosBeside, type ScenarioResult } from '../lib/report.js';

const CONNECTIONS = 64;
const DEVICES = 1_000;

/**
 * Devices that are all offered the same release, on connections that they keep.
 * @param beside the folder of another build
 */
export async function check(beside: string | null): Promise<ScenarioResult> {
  const ota = await startOtaServer();
  await ota.client.publish(someBytes(1000), { version: '2.0.0' });
  const answer = await ota.client.check();
  const [text, headers] = [answer.bytes.toString(), headersOf(answer)];
  const bare = await startBare({ kind: 'json', text, headers });
  const around = await startOtaServer('ota-server, DEVICE_LANE=off', { DEVICE_LANE: 'off' });
  const others = await startOtherBuild(beside);
  for (const { client } of [around, ...others]) await client.publish(someBytes(1000), { version: '2.0.0' });
  return withSubjects([ota, bare, around, ...others], async (subjects) => {
    const measurements = await compare(subjects, { connections: CONNECTIONS, requests: checks(DEVICES) });
    const [ours, baseline, express, other] = measurements;
    return {
      scenario: 'check',
      setting: `${CONNECTIONS} keep-alive connections, ${DEVICES} devices, an offer to each`,
      measurements,
      ratios: [
        ratioOf(ours, baseline, 'perSecond', { atLeast: 0.8 }),
        ratioOf(ours, baseline, 'cpuMicros', { atMost: 1.3 }),
        ratioOf(ours, express, 'cpuMicros', null),
        ...ratiosBeside(ours, other),
      ],
    };
  });
}

export function checks(devices: number, question: Record<string, unknown> = {}): LoadRequest[] {
  return Array.from({ length: devices }, (_, index) => ({
    method: 'POST',
    path: '/api/ota/check',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({
      device_id: index + 1,
      device_type: 'sensor',
      current_version: '1.0.0',
      current_build: 1,
      ...question,
    }),
  }));
}
