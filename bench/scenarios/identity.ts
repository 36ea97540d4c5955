import { someBytes, type Client } from '../../test/support/http-client.js';
import { compare, type Rounds } from '../lib/compare.js';
import type { LoadRequest } from '../lib/load.js';
import { startOtaServer, withSubjects } from '../lib/ota-server.js';
import { ratioOf, type ScenarioResult } from '../lib/report.js';
import { checks } from './check.js';
import { publishReleases, reports } from './status.js';

const CONNECTIONS = 64;
const REPORTS_IN_FLIGHT = 256;
const DEVICES = 1_000;
/** The ids of devices with tokens are higher by this. */
const WITH_TOKEN = 100_000;
/** Many and short: the difference is smaller than what else happens on a machine. */
const CHECK_ROUNDS: Rounds = { rounds: 15, seconds: 1, warmUpSeconds: 2 };
/** In which header the token comes. The one that is ignored costs what any header of that size does. */
const CHECKS: Readonly<Record<string, string | null>> = {
  check: null,
  'check with an ignored header': 'X-Not-Read-Here',
  'check with a token': 'Authorization',
};

/** Devices with tokens beside the same number of others, at one server, in turns. */
export async function identity(): Promise<ScenarioResult> {
  const ota = await startOtaServer();
  return withSubjects([ota], async () => {
    await publishReleases(ota.client);
    await ota.client.publish(someBytes(1000), { version: '100.0.0' });
    const subjects = Object.keys(CHECKS).map((name) => ({ ...ota, name }));
    const reporters = ['status', 'status with a token'].map((name) => ({ ...ota, name }));
    const tokens = await makeTokens(ota.client, [...checks(DEVICES), ...reports(0)].map(deviceIdOf));
    const requestsOf = Object.values(CHECKS).map((header) =>
      checks(DEVICES).map((one) => withToken(one, tokens, header)),
    );
    const checked = await compare(
      subjects,
      { connections: CONNECTIONS, isLean: true, requests: (_round, subject) => requestsOf[subject] ?? [] },
      CHECK_ROUNDS,
    );
    const reported = await compare(reporters, {
      connections: REPORTS_IN_FLIGHT,
      requests: (round, subject) =>
        reports(round).map((one) => withToken(one, tokens, subject === 0 ? null : 'Authorization')),
    });
    return {
      scenario: 'identity',
      setting: `${CONNECTIONS} connections that check, ${REPORTS_IN_FLIGHT} that report; devices with tokens in turn with others`,
      measurements: [...checked, ...reported],
      ratios: [
        ratioOf(checked[2], checked[0], 'cpuMicros', { atMost: 1.1 }),
        ratioOf(checked[2], checked[1], 'cpuMicros', null),
        ratioOf(reported[1], reported[0], 'cpuMicros', { atMost: 1.1 }),
      ],
    };
  });
}

async function makeTokens(client: Client, ids: readonly number[]): Promise<ReadonlyMap<number, string>> {
  const unique = [...new Set(ids)].map((id) => id + WITH_TOKEN);
  const csv = ['device_id,device_type', ...unique.map((id) => `${id},sensor`)].join('\n');
  const { status, body } = await client.admin('POST', '/devices/tokens', { body: { csv } });
  if (status !== 200) throw new Error(`The tokens could not be made: ${JSON.stringify(body)}`);
  const { devices } = body as { devices: { device_id: number; device_token: string }[] };
  return new Map(devices.map(({ device_id, device_token }) => [device_id, device_token]));
}

const deviceIdOf = ({ body = '' }: LoadRequest): number =>
  (JSON.parse(body) as { device_id: number }).device_id;

/** The same with a token; of the device that it belongs to, where it is read. */
function withToken(
  request: LoadRequest,
  tokens: ReadonlyMap<number, string>,
  header: string | null,
): LoadRequest {
  if (header === null) return request;
  const body = JSON.parse(request.body ?? '') as { device_id: number };
  const id = body.device_id + WITH_TOKEN;
  return {
    ...request,
    headers: { ...request.headers, [header]: `Bearer ${tokens.get(id) ?? ''}` },
    body: header === 'Authorization' ? JSON.stringify({ ...body, device_id: id }) : (request.body ?? ''),
  };
}
