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

const EVERY_MS = 50;
const DEVICES = 200;
const FIRST_DEVICE = 500_000;
/** Connections that stand before the load begins. */
const KEPT = 8;

type Times = ProbeOutcome['times'];

/** A healthy device: a check and a report every 50 ms, on kept connections and on fresh ones in turn. */
async function probe({ url, firmwareId }: ProbeOrder): Promise<ProbeOutcome> {
  const kept = new Agent({ keepAlive: true, maxSockets: KEPT });
  const times: Times = { kept: [], fresh: [] };
  const faults: string[] = [];
  let refused = 0;

  const ask = async (endpoint: string, body: object, kind: keyof Times): Promise<void> => {
    const begun = performance.now();
    try {
      const agent = kind === 'kept' ? kept : false;
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

  const over = new AbortController();
  process.once('message', () => {
    over.abort();
  });
  await Promise.all(Array.from({ length: KEPT }, (_, n) => check(FIRST_DEVICE + n, 'kept')));
  process.send?.('ready');
  const under: Promise<void>[] = [];
  for (let n = 0; !over.signal.aborted; n++) {
    const device_id = FIRST_DEVICE + (n % DEVICES);
    const kind = n % 2 === 0 ? 'kept' : 'fresh';
    under.push(check(device_id, kind));
    under.push(ask('status', { device_id, firmware_id: firmwareId, status: 'downloading' }, kind));
    await sleep(EVERY_MS);
  }
  await Promise.all(under);
  kept.destroy();
  return { times, refused, faults };
}
