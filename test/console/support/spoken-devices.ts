import { setTimeout as sleep } from 'node:timers/promises';
import type { ConsoleServer } from './console-server.js';

/** A device that a test speaks for: it checks and reports, and downloads nothing. */
export interface SpokenDevice {
  readonly device_id: number;
  readonly device_type: string;
  readonly current_version: string;
  readonly current_build?: number;
  /** Seconds. */
  readonly check_interval?: number;
  readonly attributes?: Readonly<Record<string, string | number>>;
}

interface Offer {
  readonly update_available: boolean;
  readonly firmware_id?: number;
  readonly version?: string;
  readonly build_number?: number;
}

/** What becomes of a device with a new firmware: it runs it, or says why not. */
export type Fate = (device: SpokenDevice) => string | null;

/** Requests that are on their way at once. */
const AT_ONCE = 50;

/** Lets each device check once. @returns what they were answered, in their order */
export async function check(server: ConsoleServer, devices: readonly SpokenDevice[]): Promise<Offer[]> {
  const offers: Offer[] = [];
  for (let at = 0; at < devices.length; at += AT_ONCE) {
    const some = devices.slice(at, at + AT_ONCE);
    const answers = await Promise.all(some.map((device) => server.client.check({ ...device })));
    for (const [index, { status, body }] of answers.entries()) {
      if (status !== 200)
        throw new Error(`The check of ${String(some[index]?.device_id)} is answered ${status}.`);
      offers.push(body as Offer);
    }
  }
  return offers;
}

/**
 * Lets devices check until none of them is offered anything for some seconds, and do what they are offered.
 * @param fate what a device says that cannot take it; null: it runs it
 * @param isOver ends it before
 * @returns the devices as they run then
 */
export async function update(
  server: ConsoleServer,
  devices: readonly SpokenDevice[],
  fate: Fate = () => null,
  isOver: () => Promise<boolean> = () => Promise.resolve(false),
): Promise<SpokenDevice[]> {
  const now = new Map(devices.map((device) => [device.device_id, device]));
  for (let idle = 0; idle < IDLE_ROUNDS && !(await isOver());) {
    const asking = [...now.values()];
    const offers = await check(server, asking);
    const taken = asking.flatMap((device, index) => {
      const offer = offers[index];
      return offer?.update_available === true ? [{ device, offer }] : [];
    });
    for (let at = 0; at < taken.length; at += AT_ONCE)
      await Promise.all(
        taken.slice(at, at + AT_ONCE).map(async ({ device, offer }) => {
          const reason = fate(device);
          const about = { device_id: device.device_id, firmware_id: offer.firmware_id };
          await server.client.report({ ...about, status: 'installing' });
          if (reason === null) {
            await server.client.report({ ...about, status: 'success' });
            now.set(device.device_id, {
              ...device,
              current_version: offer.version ?? device.current_version,
              ...(offer.build_number !== undefined && { current_build: offer.build_number }),
            });
          } else {
            await server.client.report({ ...about, status: 'failed', error_message: reason });
          }
        }),
      );
    if (taken.length > 0) idle = 0;
    else {
      idle += 1;
      await sleep(ROUND_MS);
    }
  }
  // Those that failed last check once more, as they do after they have come back.
  await check(server, [...now.values()]);
  return [...now.values()];
}

/** A rollout goes on a moment after its devices have confirmed. */
const IDLE_ROUNDS = 40;
const ROUND_MS = 250;
