import { someBytes, type Client } from '../../test/support/http-client.js';
import { headersOf, startBare } from '../baselines/bare.js';
import { compare, USUAL } from '../lib/compare.js';
import type { LoadRequest } from '../lib/load.js';
import { startOtaServer, startOtherBuild, withSubjects } from '../lib/ota-server.js';
import { ratioOf, ratiosBeside, type ScenarioResult } from '../lib/report.js';

const IN_FLIGHT = 256;
/** A multiple, so that all steps of a device go over one connection. */
const DEVICES = 8 * IN_FLIGHT;
const STEPS = ['downloading', 'installing', 'success'];
/** In each round others, so that no device reports one of them so often that it counts as one in an update loop. */
const RELEASES_PER_ROUND = 3;
const ROUNDS = 1 + USUAL.rounds;

/**
 * Devices that report step after step; each answer means that it is on disk.
 * @param beside the folder of another build
 */
export async function status(beside: string | null): Promise<ScenarioResult> {
  const grouped = await startOtaServer();
  const alone = await startOtaServer('ota-server, GROUP_COMMIT=off', { GROUP_COMMIT: 'off' });
  const others = await startOtherBuild(beside);
  for (const { client } of [grouped, alone, ...others]) await publishReleases(client);
  const answer = await grouped.client.report({ firmware_id: 1, status: 'pending' });
  const [text, headers] = [answer.bytes.toString(), headersOf(answer)];
  const bare = await startBare({ kind: 'json', text, headers });
  return withSubjects([grouped, bare, alone, ...others], async (subjects) => {
    const measurements = await compare(subjects, { connections: IN_FLIGHT, requests: reports });
    const [ours, baseline, oneByOne, other] = measurements;
    return {
      scenario: 'status',
      setting: `${IN_FLIGHT} reports in flight, ${DEVICES} devices, durable (fsync on) in the embedded PostgreSQL`,
      measurements,
      ratios: [
        ratioOf(ours, oneByOne, 'perSecond', { atLeast: 6 }),
        ratioOf(ours, baseline, 'perSecond', { atLeast: 0.4 }),
        ratioOf(ours, baseline, 'cpuMicros', null),
        ...ratiosBeside(ours, other),
      ],
    };
  });
}

/** What {@link reports} are about, in so many rounds with the one that warms up. */
export async function publishReleases(client: Client, rounds = ROUNDS): Promise<void> {
  for (let release = 1; release <= rounds * RELEASES_PER_ROUND; release++)
    await client.publish(someBytes(1000), { version: `${release}.0.0` });
}

/** All devices install the releases of a round one after the other. */
export function reports(round: number, _subject = 0, devices = DEVICES): LoadRequest[] {
  return Array.from(
    { length: RELEASES_PER_ROUND },
    (_, index) => round * RELEASES_PER_ROUND + index + 1,
  ).flatMap((release) =>
    STEPS.flatMap((step) => Array.from({ length: devices }, (_, index) => report(index + 1, release, step))),
  );
}

function report(deviceId: number, firmwareId: number, status: string): LoadRequest {
  const body = { device_id: deviceId, firmware_id: firmwareId, status, bytes_downloaded: 1000 };
  return {
    method: 'POST',
    path: '/api/ota/status',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  };
}
