import { Agent } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { send } from '../../support/http-client.js';
import type { ProbeOrder, ProbeOutcome } from './orders.js';

/** Run as a process of its own, so that what the load and its measuring cost is not taken for the server's. */
process.once('message', (order: ProbeOrder) => {
  void probe(order).then((outcome) => {
    process.send?.(outcome, () => process.exit(0));
  });
});

const EVERY_MS = 20;
const DEVICES = 200;
const FIRST_DEVICE = 500_000;
/** Connections to each endpoint that stand before the load begins; a request on a kept connection opens no further one. */
const KEPT = 32;
/** Rounds that are not counted: the first requests of a process take it longer than the server. */
const WARM_UP = 50;

type Times = ProbeOutcome['times'];

/** A healthy device: a check and a report every 20 ms, on kept connections and on fresh ones in turn. */
async function probe({ url, firmwareId }: ProbeOrder): Promise<ProbeOutcome> {
  /** Of each endpoint, so that no request waits in this process for the answer to another one. */
  const agents = new Map(
    ['check', 'status'].map((endpoint) => [
      endpoint,
      new Agent({ keepAlive: true, maxSockets: KEPT, maxFreeSockets: KEPT }),
    ]),
  );
  const times: Times = { kept: [], fresh: [] };
  const faults: string[] = [];
  let refused = 0;

  const ask = async (endpoint: string, body: object, kind: keyof Times): Promise<void> => {
    const begun = performance.now();
    try {
      const agent = kind === 'kept' ? agents.get(endpoint) : false;
      const { status, bytes, headers } = await send(`${url}/api/ota/${endpoint}`, 'POST', { body, agent });
      if (status === 200) times[kind].push(performance.now() - begun);
      else if (status === 503 && Number(headers['retry-after']) > 0) refused += 1;
      else faults.push(`${endpoint} was answered ${status} ${bytes.toString()}`);
    } catch (error) {
      faults.push(`${endpoint} was not answered: ${String(error)}`);
    }
  };
  const check = (device_id: number, kind: keyof Times): Promise<void> =>
    ask('check', { device_id, device_type: 'sensor', current_version: '1.0.0', current_build: 1 }, kind);

  const report = (device_id: number, kind: keyof Times): Promise<void> =>
    ask('status', { device_id, firmware_id: firmwareId, status: 'downloading' }, kind);
  const round = (n: number): Promise<void>[] => {
    const device_id = FIRST_DEVICE + (n % DEVICES);
    const kind = n % 2 === 0 ? 'kept' : 'fresh';
    return [check(device_id, kind), report(device_id, kind)];
  };

  const over = new AbortController();
  process.once('message', () => {
    over.abort();
  });
  const ids = Array.from({ length: KEPT }, (_, n) => FIRST_DEVICE + n);
  await Promise.all(ids.flatMap((id) => [check(id, 'kept'), report(id, 'kept')]));
  for (let n = 0; n < WARM_UP; n++) await Promise.all(round(n));
  for (const all of Object.values(times)) all.length = 0;
  process.send?.('ready');
  const under: Promise<void>[] = [];
  for (let n = 0; !over.signal.aborted; n++) {
    under.push(...round(n));
    await sleep(EVERY_MS);
  }
  await Promise.all(under);
  for (const agent of agents.values()) agent.destroy();
  return { times, refused, faults };
}
