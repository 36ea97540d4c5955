import { SimulatedDevice, type Fates, type Timing, type World } from './device.js';

export interface FleetOptions {
  readonly devices: number;
  /** The id of the first device; the others get consecutive ids. */
  readonly firstId: number;
  readonly version: string;
  readonly build: number;
  readonly seed: number;
  readonly fates: Fates;
  readonly timing: Timing;
}

/** Creates devices that start together. */
export function buildFleet(options: FleetOptions): SimulatedDevice[] {
  const { devices, firstId, version, build, seed, fates, timing } = options;
  return Array.from(
    { length: devices },
    (_, i) => new SimulatedDevice({ id: firstId + i, version, build }, seed, fates, timing),
  );
}

/** @param staysOn false: a device is switched off when there is no update for it */
export async function runFleet(
  fleet: readonly SimulatedDevice[],
  world: World,
  staysOn: boolean,
): Promise<void> {
  await Promise.all(fleet.map((device) => device.run(world, staysOn)));
}
